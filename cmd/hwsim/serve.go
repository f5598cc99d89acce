package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"murur/cmd/hwsim/internal/cabinet"
	"murur/cmd/hwsim/internal/panel"
)

// panelAddress is where the panel is unless told otherwise.
const panelAddress = "127.0.0.1:8490"

// handSpeed lets a person at the panel see each panel being printed, without waiting a
// minute for a licence.
const handSpeed = 4

func serve() *cobra.Command {
	var dir, address string
	var speed float64
	c := &cobra.Command{
		Use:   "serve --dir DIR",
		Short: "Run the cabinet and its panel",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			dir, err := filepath.Abs(dir)
			if err != nil {
				return err
			}
			log := slog.New(slog.NewTextHandler(os.Stderr, nil))
			cab, err := cabinet.Open(cabinet.Options{Dir: dir, Log: log, Speed: speed, Hand: true})
			if err != nil {
				return err
			}
			defer cab.Close()
			fmt.Fprintf(c.OutOrStdout(), "reader    %s\nterminal  %s\nprinter   %s\nlicence   %s\ncapture   %s\n",
				cab.ReaderSocket(), cab.TerminalTTY(), cab.PrinterTTY(), cab.LicenceSocket(), cab.CaptureTTY())
			return servePanel(c.Context(), cab, address, c.OutOrStdout())
		},
	}
	c.Flags().StringVar(&dir, "dir", "", "folder for sockets, ports and wire traces")
	c.Flags().StringVar(&address, "panel", panelAddress, "loopback `address` of the panel")
	c.Flags().Float64Var(&speed, "speed", handSpeed, "how many times faster than in life a licence is printed")
	c.MarkFlagRequired("dir")
	return c
}

// servePanel serves the panel until ctx ends.
func servePanel(ctx context.Context, cab *cabinet.Cabinet, address string, out io.Writer) error {
	l, err := panel.Listen(address)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "panel     http://%s\n", l.Addr())
	server := &http.Server{Handler: panel.Handler(cab), ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
