package main

import (
	"github.com/spf13/cobra"

	perf "murur/cmd/hwsim/internal/bench"
)

func bench() *cobra.Command {
	var o perf.Options
	c := &cobra.Command{
		Use:   "bench",
		Short: "Measure how fast and how small kioskd is",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			for _, p := range []*string{&o.Kioskd, &o.Centrald} {
				if *p, err = program(*p); err != nil {
					return err
				}
			}
			o.Report = c.OutOrStdout()
			return perf.Run(c.Context(), o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.Out, "out", "out/bench", "`folder` for logs and wire traces")
	f.IntVar(&o.Sessions, "sessions", 500, "visits to make")
	f.IntVar(&o.Renewals, "renewals", 16, "licences to renew, each at a new kiosk")
	f.StringVar(&o.Kioskd, "kioskd", "kioskd", "kioskd's `program`; beside hwsim, or in PATH")
	f.StringVar(&o.Centrald, "centrald", "centrald", "centrald's `program`")
	return c
}
