package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"murur/kiosk/stock"
)

func (a *app) stock() *cobra.Command {
	c := group("stock", "Count the blank licences")
	c.Long = `Stock shows where the blanks of each batch are:

  loaded = issued + rejected + retracted + remaining

Remaining are those in the feeder and those on their way: inside the printer, in its
exit, or nobody knows where. The count is the ledger's; what technicians found instead
is listed below it.`
	c.RunE = func(c *cobra.Command, _ []string) error {
		var list []stock.Batch
		if err := newClient(a.socket).read(c.Context(), http.MethodGet, "/stock", &list); err != nil {
			return err
		}
		return a.print(c.OutOrStdout(), list, func(w io.Writer) { printStock(w, list) })
	}
	c.AddCommand(a.stockLoad())
	return c
}

func (a *app) stockLoad() *cobra.Command {
	var l stock.Load
	var found int
	c := &cobra.Command{
		Use:   "load --batch ID --count N [--found N]",
		Short: "Put blanks on the account that you put into the feeder",
		Long: `Load is for the technician who fills the feeder. Say with --found how many blanks were
in it before: where the ledger expected another number, the difference is kept.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if c.Flags().Changed("found") {
				l.Found = &found
			}
			list, err := newClient(a.socket).load(c.Context(), l)
			if err != nil {
				return err
			}
			return a.print(c.OutOrStdout(), list, func(w io.Writer) { printStock(w, list) })
		},
	}
	c.Flags().StringVar(&l.Batch, "batch", "", "the batch, as printed on its box")
	c.Flags().IntVar(&l.Count, "count", 0, "how many you put in")
	c.Flags().IntVar(&found, "found", 0, "how many were in the feeder before")
	c.Flags().StringVar(&l.By, "by", "", "your mark")
	c.MarkFlagRequired("batch")
	return c
}

func printStock(w io.Writer, list []stock.Batch) {
	if len(list) == 0 {
		fmt.Fprintln(w, "no blanks were ever loaded")
		return
	}
	fmt.Fprintln(w, "BATCH\tLOADED\tISSUED\tREJECTED\tRETRACTED\tREMAINING\tIN FEEDER\tON THEIR WAY\tUNKNOWN")
	for _, b := range list {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\n", b.ID, b.Loaded, b.Issued, b.Rejected, b.Retracted,
			b.Remaining(), b.Feeder(), len(b.Away)-b.Unknown(), b.Unknown())
	}
	for _, b := range list {
		for _, d := range b.Differences {
			fmt.Fprintf(w, "%s: %s: %d found in the feeder, %d expected\n", b.ID, d.At.Local().Format(time.DateTime), d.Found, d.Expected)
		}
	}
}

func (c *client) load(ctx context.Context, l stock.Load) (list []stock.Batch, err error) {
	body, err := json.Marshal(l)
	if err != nil {
		return nil, err
	}
	resp, err := c.ask(ctx, http.MethodPost, "/stock/load", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return list, json.NewDecoder(resp.Body).Decode(&list)
}
