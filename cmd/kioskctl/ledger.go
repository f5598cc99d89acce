package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"murur/kiosk/ledger"
	"murur/kiosk/ledger/record"
)

// book is a ledger to read: that of the running kioskd, or a file.
type book interface {
	Head(ctx context.Context) (record.Head, error)
	Dump(ctx context.Context, w io.Writer, from uint64) error
	Verify(ctx context.Context) (ledger.Report, error)
	Close() error
}

// file is the ledger of a kioskd that does not run.
type file struct{ *ledger.Ledger }

func (f file) Head(context.Context) (record.Head, error) { return f.Ledger.Head(), nil }
func (f file) Dump(_ context.Context, w io.Writer, from uint64) error {
	return f.Ledger.Dump(w, from)
}

func (a *app) open(path string) (book, error) {
	if path == "" {
		return newClient(a.socket), nil
	}
	l, err := ledger.Open(path, ledger.Options{ReadOnly: true})
	if errors.Is(err, ledger.ErrLocked) {
		return nil, fmt.Errorf("%w: leave out --file and ask kioskd", err)
	}
	if err != nil {
		return nil, err
	}
	return file{l}, nil
}

func (a *app) ledger() *cobra.Command {
	return group("ledger", "Read and check the ledger", a.verify(), a.dump(), a.tail())
}

// withBook makes a command that reads a book.
func (a *app) withBook(c *cobra.Command, run func(*cobra.Command, book) error) *cobra.Command {
	path := c.Flags().String("file", "", "read this ledger.db instead of asking kioskd, which must be stopped")
	_ = c.MarkFlagFilename("file", "db")
	c.Args = cobra.NoArgs
	c.RunE = func(c *cobra.Command, _ []string) (err error) {
		b, err := a.open(*path)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, b.Close()) }()
		return run(c, b)
	}
	return c
}

func (a *app) verify() *cobra.Command {
	return a.withBook(&cobra.Command{
		Use:   "verify",
		Short: "Check every record against the chain, and every row",
	}, func(c *cobra.Command, b book) error {
		r, err := b.Verify(c.Context())
		if err != nil {
			return err
		}
		return a.print(c.OutOrStdout(), r, func(w io.Writer) { fmt.Fprintln(w, r) })
	})
}

func (a *app) dump() *cobra.Command {
	var from uint64
	c := a.withBook(&cobra.Command{
		Use:   "dump",
		Short: "Write the records as JSON, one per line",
	}, func(c *cobra.Command, b book) error { return b.Dump(c.Context(), c.OutOrStdout(), from) })
	c.Flags().Uint64Var(&from, "from", 0, "begin with this record of the current epoch; 0: all that are kept")
	return c
}

// poll is how often tail -f looks.
const poll = 500 * time.Millisecond

func (a *app) tail() *cobra.Command {
	var lines uint64
	var follow bool
	c := a.withBook(&cobra.Command{
		Use:   "tail",
		Short: "Show the newest records",
	}, func(c *cobra.Command, b book) error {
		head, err := b.Head(c.Context())
		if err != nil {
			return err
		}
		next := record.Head{Epoch: head.Epoch, Seq: 1}
		if head.Seq > lines {
			next.Seq = head.Seq - lines + 1
		}
		if next, err = a.show(c, b, next); err != nil || !follow {
			return err
		}
		tick := time.NewTicker(poll)
		defer tick.Stop()
		for {
			select {
			case <-c.Context().Done():
				return nil
			case <-tick.C:
			}
			if next, err = a.show(c, b, next); err != nil && c.Context().Err() == nil {
				return err
			}
		}
	})
	c.Flags().Uint64VarP(&lines, "lines", "n", 20, "how many")
	c.Flags().BoolVarP(&follow, "follow", "f", false, "go on with what comes")
	c.MarkFlagsMutuallyExclusive("follow", "file")
	return c
}

// show prints the records of an epoch from next on and returns what is next then.
func (a *app) show(c *cobra.Command, b book, next record.Head) (record.Head, error) {
	head, err := b.Head(c.Context())
	switch {
	case err != nil:
		return next, err
	case head.Epoch != next.Epoch:
		next = record.Head{Epoch: head.Epoch, Seq: 1}
	}
	if head.Seq < next.Seq {
		return next, nil
	}
	var lines bytes.Buffer
	if err := b.Dump(c.Context(), &lines, next.Seq); err != nil {
		return next, err
	}
	if a.json {
		next.Seq += uint64(bytes.Count(lines.Bytes(), []byte("\n")))
		_, err := c.OutOrStdout().Write(lines.Bytes())
		return next, err
	}
	for dec := json.NewDecoder(&lines); dec.More(); {
		var r record.Record
		if err := dec.Decode(&r); err != nil {
			return next, fmt.Errorf("cannot read a record: %w", err)
		}
		fmt.Fprintf(c.OutOrStdout(), "%d/%d  %s  %-12s  %-20s  %s\n", r.Epoch, r.Seq,
			r.At.Local().Format("2006-01-02 15:04:05"), or(r.Journey), r.Kind, r.Payload)
		next.Seq = r.Seq + 1
	}
	return next, nil
}
