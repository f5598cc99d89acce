package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"murur/devices"
	"murur/kiosk/engine"
	"murur/kiosk/journey/fines"
	"murur/kiosk/journey/pickup"
)

func (a *app) cases() *cobra.Command {
	list := &cobra.Command{
		Use:   "list",
		Short: "List what is still to be cleared up",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			open, err := newClient(a.socket).cases(c.Context())
			if err != nil {
				return err
			}
			return a.print(c.OutOrStdout(), open, func(w io.Writer) { printCases(w, open) })
		},
	}
	show := &cobra.Command{
		Use:   "show NUMBER",
		Short: "Show one open case",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			open, err := newClient(a.socket).cases(c.Context())
			if err != nil {
				return err
			}
			for _, one := range open {
				if one.Number == args[0] {
					return a.print(c.OutOrStdout(), one, func(w io.Writer) { printCase(w, one) })
				}
			}
			return engine.ErrNoCase
		},
	}
	return group("case", "Show and settle what is to be cleared up", list, show, a.settle())
}

func (a *app) settle() *cobra.Command {
	var charged, refused, taken, destroyed, inFeeder bool
	var reason string
	c := &cobra.Command{
		Use:   "settle NUMBER --reason TEXT",
		Short: "Close a case by your decision",
		Long: `Settle closes a case. Where it was not clear whether a payment was charged, say what
you found out: --charged counts the fines as paid, --not-charged opens them for
payment again. Where it was not clear who has a new licence: --taken when its owner
has it, --destroyed when you found it and destroyed it, --in-feeder when it never left
the feeder. The decision and its reason are
recorded and cannot be changed. Whether another licence may be printed is the
department's decision, not this one.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			s := engine.Settlement{Case: args[0], Reason: reason}
			switch {
			case charged:
				s.Outcome = devices.Confirmed
			case refused:
				s.Outcome = devices.Refused
			case taken:
				s.Custody = devices.CustodyTaken
			case destroyed:
				s.Custody = devices.CustodyRejected
			case inFeeder:
				s.Custody = pickup.InFeeder
			}
			if err := newClient(a.socket).settle(c.Context(), s); err != nil {
				return err
			}
			return a.print(c.OutOrStdout(), s, func(w io.Writer) { fmt.Fprintf(w, "case %s is settled\n", s.Case) })
		},
	}
	c.Flags().BoolVar(&charged, "charged", false, "the payment was charged")
	c.Flags().BoolVar(&refused, "not-charged", false, "the payment was not charged, or was undone")
	c.Flags().BoolVar(&taken, "taken", false, "the new licence is with its owner")
	c.Flags().BoolVar(&destroyed, "destroyed", false, "the new licence was found and destroyed")
	c.Flags().BoolVar(&inFeeder, "in-feeder", false, "the blank never left the feeder")
	c.Flags().StringVar(&reason, "reason", "", "why: what you saw, and where")
	c.MarkFlagsMutuallyExclusive("charged", "not-charged", "taken", "destroyed", "in-feeder")
	c.MarkFlagRequired("reason")
	return c
}

func (a *app) terminal() *cobra.Command {
	return group("terminal", "Ask the payment terminal for a job", &cobra.Command{
		Use:   "end-of-day",
		Short: "Make the terminal's end of day now",
		Long: `End-of-day closes the terminal's batch and holds its totals against the ledger and the
central server. The result is the newest endofday.ended record; totals that differ,
or that the terminal did not give, become a case.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var nothing struct{}
			if err := newClient(a.socket).read(c.Context(), http.MethodPost, "/terminal/end-of-day", &nothing); err != nil {
				return err
			}
			return a.print(c.OutOrStdout(), nothing, func(w io.Writer) {
				fmt.Fprintln(w, "the terminal is asked; the result will be the record endofday.ended")
			})
		},
	})
}

// meanings say what a case's reason means.
var meanings = map[string]string{
	"pay_unknown":       "nobody knows whether the card was charged",
	"receipt_failed":    "paid and recorded; the receipt is not proved",
	"paid_twice":        "paid elsewhere first; to be given back by hand",
	"end_of_day":        "the day's totals do not agree, or the terminal gave none; see the ledger's endofday.ended",
	"licence_failed":    "a licence could not be made; it is still due",
	"licence_not_taken": "a licence was not taken; it is in the reject box",
	"licence_unknown":   "nobody knows who has a new licence",
}

func printCases(w io.Writer, open []fines.Case) {
	if len(open) == 0 {
		fmt.Fprintln(w, "no case is open")
		return
	}
	for _, c := range open {
		about := "KD " + c.Amount.String()
		if c.Application != "" {
			about = c.Application
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", c.Number, c.At.Local().Format(time.DateTime), about, meanings[string(c.Reason)])
	}
}

func printCase(w io.Writer, c fines.Case) {
	fmt.Fprintf(w, "case\t%s\n", c.Number)
	fmt.Fprintf(w, "opened\t%s\n", c.At.Local().Format(time.DateTime))
	fmt.Fprintf(w, "because\t%s\n", meanings[string(c.Reason)])
	if c.Application != "" {
		fmt.Fprintf(w, "application\t%s\n", c.Application)
		if c.Card != "" {
			fmt.Fprintf(w, "card\t%s of batch %s\n", c.Card, c.Batch)
		}
		return
	}
	fmt.Fprintf(w, "amount\tKD %s\n", c.Amount)
	fmt.Fprintf(w, "fines\t%s\n", strings.Join(c.Fines, " "))
	fmt.Fprintf(w, "receipt\t%s\n", strings.Join(append(c.Receipts, c.Receipt), " "))
	if c.Unclear() {
		fmt.Fprintf(w, "attempt\t%s\n", c.Payment.Attempt)
		fmt.Fprintf(w, "last before\treceipt %s, trace %s\n", c.Payment.Before.Receipt, c.Payment.Before.Trace)
	}
}

func (c *client) cases(ctx context.Context) (open []fines.Case, err error) {
	err = c.read(ctx, http.MethodGet, "/cases", &open)
	return open, err
}

func (c *client) settle(ctx context.Context, s engine.Settlement) error {
	body, err := json.Marshal(s)
	if err != nil {
		return err
	}
	resp, err := c.ask(ctx, http.MethodPost, "/cases/settle", bytes.NewReader(body))
	if err != nil {
		return err
	}
	return resp.Body.Close()
}
