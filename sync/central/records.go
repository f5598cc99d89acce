package central

import (
	"context"
	"errors"
	"fmt"

	"murur/kiosk/ledger/record"
	"murur/sync/api"
)

// errFork: another record stands at the same place.
var errFork = errors.New("another record stands here")

// AppendRecords answers POST /v1/records.
func (s *Server) AppendRecords(ctx context.Context, r api.AppendRecordsRequestObject) (api.AppendRecordsResponseObject, error) {
	batch, kiosk := r.Body.Records, kioskOf(ctx)
	if len(batch) == 0 || len(batch) > api.MaxBatch {
		return nil, errBadRequest
	}
	for _, rec := range batch {
		if rec.Kiosk != kiosk || rec.Seq == 0 {
			return nil, errBadRequest
		}
	}
	var had, head record.Head
	var fresh int
	err := s.store.Update(ctx, func(tx Tx) error {
		var err error
		if had, err = tx.Head(kiosk); errors.Is(err, ErrNone) {
			had = record.Head{Epoch: batch[0].Epoch}
		} else if err != nil {
			return err
		}
		head, fresh, err = s.append(ctx, tx, had, batch)
		return err
	})
	for _, broken := range []struct {
		err error
		as  api.ProblemType
	}{
		{record.ErrGap, api.TypeChainGap}, {errFork, api.TypeChainFork},
		{record.ErrChain, api.TypeChainFork}, {record.ErrHash, api.TypeChainBroken},
	} {
		if errors.Is(err, broken.err) {
			s.log.WarnContext(ctx, "records.refused", "kiosk", kiosk, "why", broken.as, "seq", batch[0].Seq, "records", len(batch), "head", had.Seq)
			return api.AppendRecords409ApplicationProblemPlusJSONResponse{
				Type: broken.as, Status: 409, Title: "Does not continue the chain.", Head: had,
			}, nil
		}
	}
	if err != nil {
		return nil, err
	}
	s.log.InfoContext(ctx, "records.taken", "kiosk", kiosk, "new", fresh, "again", len(batch)-fresh, "head", head.Seq)
	return api.AppendRecords200JSONResponse{Head: head}, nil
}

// append stores the records of the batch that follow head, and compares the rest.
// It returns the new head and how many records are new.
func (s *Server) append(ctx context.Context, tx Tx, head record.Head, batch []record.Record) (record.Head, int, error) {
	fresh := 0
	for _, r := range batch {
		if r.Epoch == head.Epoch+1 && r.Seq == 1 && r.Kind == KindEpoch {
			head = record.Head{Epoch: r.Epoch}
		}
		if r.Epoch == head.Epoch && r.Seq <= head.Seq {
			if err := compare(tx, r); err != nil {
				return head, 0, err
			}
			continue
		}
		next, err := head.Follow(r)
		switch {
		case r.Epoch != head.Epoch:
			return head, 0, fmt.Errorf("%w: epoch %d, have %d", errFork, r.Epoch, head.Epoch)
		case err != nil:
			return head, 0, err
		}
		if err := tx.PutRecord(r); err != nil {
			return head, 0, err
		}
		if err := s.apply(ctx, tx, r); err != nil {
			return head, 0, err
		}
		head, fresh = next, fresh+1
	}
	return head, fresh, nil
}

// compare checks a record that is there already.
func compare(tx Tx, r record.Record) error {
	have, err := tx.Record(r.Kiosk, r.Epoch, r.Seq)
	switch {
	case err != nil:
		return err
	case r.Hash != r.Sum():
		return record.ErrHash
	case r.Hash != have.Hash:
		return errFork
	}
	return nil
}
