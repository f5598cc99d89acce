package uplink

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"murur/kiosk/event"
	"murur/kiosk/ledger/record"
	"murur/sync/api"
)

// deliver makes one delivery of what follows from, and returns where the next one
// begins; from itself when there is nothing to deliver.
func (u *Uplink) deliver(ctx context.Context, from record.Head) (record.Head, Code) {
	records, err := u.ledger.After(from.Seq, batchRecords)
	switch {
	case err != nil:
		event.Log(u.log, event.UplinkFailed, "code", LedgerFault, "error", err)
		return from, LedgerFault
	case len(records) == 0:
		return from, ""
	}
	records = fitting(records)
	answer, err := u.send(ctx, records)
	if err != nil {
		event.Log(u.log, event.UplinkFailed, "code", Unreachable, "error", err)
		return from, Unreachable
	}
	switch answer.Status {
	case http.StatusOK:
		return u.accepted(answer, from, records)
	case http.StatusConflict:
		return u.conflict(answer, from, records)
	}
	event.Log(u.log, event.UplinkFailed, "code", Refused, "error", fmt.Sprintf("status %d", answer.Status))
	return from, Refused
}

// fitting cuts the batch at batchBytes; one record always goes.
func fitting(records []record.Record) []record.Record {
	const frame = 512 // everything of a record but its payload
	size := 0
	for i, r := range records {
		if size += frame + len(r.Payload); size > batchBytes && i > 0 {
			return records[:i]
		}
	}
	return records
}

// send posts the records. Payloads go out byte by byte, because they are hashed:
// that is why the default encoder, which escapes some characters, is not used.
func (u *Uplink) send(ctx context.Context, records []record.Record) (api.Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	var body bytes.Buffer
	e := json.NewEncoder(&body)
	e.SetEscapeHTML(false)
	if err := e.Encode(api.Batch{Records: records}); err != nil {
		return api.Answer{}, err
	}
	r, err := u.client.AppendRecordsWithBody(ctx, "application/json", &body)
	if err != nil {
		return api.Answer{}, err
	}
	return api.ReadAnswer(r)
}

// accepted believes a new watermark only when it is on our own chain.
func (u *Uplink) accepted(answer api.Answer, from record.Head, records []record.Record) (record.Head, Code) {
	var accepted api.Accepted
	if err := answer.Into(&accepted); err != nil {
		event.Log(u.log, event.UplinkFailed, "code", Garbled, "error", err)
		return from, Garbled
	}
	head, last := accepted.Head, records[len(records)-1]
	switch ours, err := u.ours(head); {
	case err != nil:
		event.Log(u.log, event.UplinkFailed, "code", LedgerFault, "error", err)
		return from, LedgerFault
	case !ours:
		return from, Fork
	case head.Seq < last.Seq:
		event.Log(u.log, event.UplinkFailed, "code", Garbled, "error", fmt.Sprintf("acknowledged %d of %d sent", head.Seq, last.Seq))
		return from, Garbled
	}
	if err := u.ledger.Acknowledge(head); err != nil {
		event.Log(u.log, event.UplinkFailed, "code", LedgerFault, "error", err)
		return from, LedgerFault
	}
	u.delivered()
	event.Log(u.log, event.UplinkSent, "records", len(records), "seq", head.Seq)
	return head, ""
}

// conflict compares the heads when the server did not take a batch.
func (u *Uplink) conflict(answer api.Answer, from record.Head, records []record.Record) (record.Head, Code) {
	var chain api.ChainProblem
	p, err := answer.Problem(&chain)
	if err != nil {
		event.Log(u.log, event.UplinkFailed, "code", Garbled, "error", err)
		return from, Garbled
	}
	event.Log(u.log, event.UplinkFailed, "code", Refused, "error", fmt.Sprintf("%s: server has %d, sent from %d", p.Type, chain.Head.Seq, records[0].Seq))
	switch p.Type {
	case api.TypeChainFork:
		return from, Fork
	case api.TypeChainBroken:
		return from, Broken
	case api.TypeChainGap:
	default:
		return from, Garbled
	}
	switch ours, err := u.ours(chain.Head); {
	case err != nil:
		event.Log(u.log, event.UplinkFailed, "code", LedgerFault, "error", err)
		return from, LedgerFault
	case !ours:
		return from, Fork
	case chain.Head.Seq+1 >= records[0].Seq:
		return from, Garbled // that would not be a gap
	}
	return chain.Head, ""
}

// ours tells whether h was once the head of our own chain.
func (u *Uplink) ours(h record.Head) (bool, error) {
	switch mark, head := u.ledger.Watermark(), u.ledger.Head(); {
	case h == mark, h == head:
		return true, nil
	case h.Epoch != head.Epoch, h.Seq > head.Seq:
		return false, nil
	case h.Seq == 0:
		return h.Hash == record.Hash{}, nil
	}
	records, err := u.ledger.After(h.Seq-1, 1)
	if err != nil {
		return false, err
	}
	return len(records) == 1 && records[0].Seq == h.Seq && records[0].Hash == h.Hash, nil
}
