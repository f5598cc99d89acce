package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"murur/kiosk/config"
)

func (a *app) config() *cobra.Command {
	check := &cobra.Command{
		Use:   "check FILE",
		Short: "Say whether kioskd would take this configuration",
		Args:  cobra.ExactArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"toml"}, cobra.ShellCompDirectiveFilterFileExt
		},
		RunE: func(c *cobra.Command, args []string) error {
			conf, err := config.Load(args[0])
			if err != nil {
				return err
			}
			allowed := struct { // not conf: it has a password
				File  string `json:"file"`
				Kiosk string `json:"kiosk"`
			}{args[0], conf.Kiosk}
			return a.print(c.OutOrStdout(), allowed, func(w io.Writer) {
				fmt.Fprintf(w, "%s is allowed: kiosk %s at %s\n", args[0], conf.Kiosk, conf.Place.En)
			})
		},
	}
	return group("config", "Check a configuration", check)
}
