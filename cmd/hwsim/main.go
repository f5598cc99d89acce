// Hwsim is the simulated cabinet of a kiosk: every device at the far end of its real
// wire, with a panel for a person, scripted citizens, and the whole kiosk at a word.
//
//	hwsim serve --dir DIR     the cabinet and its panel, for a kioskd of your own
//	hwsim demo                scripted visits at a whole kiosk, checked
//	hwsim run                 a whole kiosk with its screen, to be used
//	hwsim bench               how fast and how small kioskd is
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"murur/cmd/hwsim/internal/scenario"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := command().ExecuteContext(ctx)
	stop()
	switch {
	case errors.Is(err, scenario.ErrFailed):
		os.Exit(1) // each was reported
	case err != nil:
		fmt.Fprintln(os.Stderr, "hwsim:", err)
		os.Exit(1)
	}
}

func command() *cobra.Command {
	root := &cobra.Command{
		Use:           "hwsim",
		Short:         "The simulated cabinet of a kiosk",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(serve(), demo(), run(), bench())
	return root
}
