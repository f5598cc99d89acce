// Kioskctl shows a technician what a kiosk is doing, from its control socket, and
// checks what it has written. It changes nothing but a case that a technician settles
// and the account of the blanks, and asks for the terminal's end of day.
//
//	kioskctl status               health, the open visit, devices, ledger, uplink
//	kioskctl device list          devices alone
//	kioskctl ledger verify        check every record and row
//	kioskctl ledger dump          all records as JSON, one per line
//	kioskctl ledger tail [-f]     the newest records, and what comes
//	kioskctl case list            what is still to be cleared up
//	kioskctl case show NUMBER     one case
//	kioskctl case settle NUMBER   close it by a decision, with a reason
//	kioskctl stock                where the blank licences are
//	kioskctl stock load           put blanks on the account
//	kioskctl terminal end-of-day  close the terminal's batch and compare the books
//	kioskctl card read            read the card in the reader with its profile
//	kioskctl licence preview      draw a licence template as PNG
//	kioskctl config check FILE    is this configuration allowed?
//	kioskctl completion SHELL     bash, zsh, fish or powershell
//
// Exit status:
//
//	0   done
//	1   cannot do it; why is on standard error
//	2   wrong usage
//	3   kioskd does not answer
//	4   something needs attention (status), or the ledger is not sound (verify)
//	78  the configuration is not allowed
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"murur/kiosk/config"
	"murur/kiosk/ledger"
)

// version is set by the build.
var version = "development"

const (
	exitFailed    = 1
	exitUsage     = 2
	exitNoAnswer  = 3
	exitAttention = 4
	exitConfig    = 78 // EX_CONFIG
)

// errAttention makes status exit with 4; what it is about is already printed.
var errAttention = errors.New("something needs attention")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx))
}

// app is what all commands share.
type app struct {
	socket string
	json   bool
	began  bool // the usage was right
}

func run(ctx context.Context) int {
	a := new(app)
	root := a.command()
	err := root.ExecuteContext(ctx)
	if err != nil && err != errAttention {
		fmt.Fprintln(root.ErrOrStderr(), "kioskctl:", err)
	}
	switch {
	case err == nil:
		return 0
	case !a.began:
		return exitUsage
	case errors.Is(err, errNoAnswer):
		return exitNoAnswer
	case errors.Is(err, errAttention), errors.Is(err, ledger.ErrCorrupt):
		return exitAttention
	case errors.Is(err, config.ErrConfig):
		return exitConfig
	}
	return exitFailed
}

func (a *app) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "kioskctl",
		Short: "Show what a kiosk is doing",
		Long: `Kioskctl shows what a kiosk is doing and checks what it has written. It changes nothing
but a case that is settled and the account of the blanks, and asks for the terminal's
end of day.`,
		Version:       version,
		Args:          cobra.NoArgs,
		RunE:          help,
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRunE: func(c *cobra.Command, _ []string) error {
			err := errors.Join(c.ValidateRequiredFlags(), c.ValidateFlagGroups())
			a.began = err == nil
			return err
		},
	}
	flags := root.PersistentFlags()
	flags.StringVar(&a.socket, "socket", "/run/murur/control.sock", "kioskd's control socket")
	flags.BoolVar(&a.json, "json", false, "print JSON")
	root.AddCommand(a.status(), a.device(), a.ledger(), a.cases(), a.stock(), a.terminal(), a.card(), a.licence(), a.config())
	return root
}

// group is a command that only has commands below it.
func group(use, short string, below ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: help}
	c.AddCommand(below...)
	return c
}

func help(c *cobra.Command, _ []string) error { return c.Help() }
