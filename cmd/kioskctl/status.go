package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"murur/devices"
	"murur/kiosk/control"
	"murur/kiosk/health"
)

func (a *app) status() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show health, the open visit, devices, ledger and uplink",
		Long:  "Status shows the whole machine. It exits with 4 when something cannot be done.",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := newClient(a.socket).status(c.Context())
			if err != nil {
				return err
			}
			if err := a.print(c.OutOrStdout(), s, func(w io.Writer) { printStatus(w, s) }); err != nil {
				return err
			}
			for _, h := range s.Health {
				if h.Severity != health.Info {
					return errAttention
				}
			}
			return nil
		},
	}
}

func (a *app) device() *cobra.Command {
	list := &cobra.Command{
		Use:   "list",
		Short: "Show each device as it last answered",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := newClient(a.socket).status(c.Context())
			if err != nil {
				return err
			}
			return a.print(c.OutOrStdout(), s.Devices, func(w io.Writer) { printDevices(w, s) })
		},
	}
	return group("device", "Show the devices", list)
}

// print writes v as JSON, or as human lays it out in columns.
func (a *app) print(w io.Writer, v any, human func(io.Writer)) error {
	if a.json {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(v)
	}
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	human(columns)
	return columns.Flush()
}

func printStatus(w io.Writer, s control.Status) {
	fmt.Fprintf(w, "kiosk\t%s, murur %s, up %s\n", s.Kiosk, s.Version, span(s.At.Sub(s.Started)))
	fmt.Fprintf(w, "screen\t%s\n", s.Screen)
	if j := s.Journey; j != nil {
		fmt.Fprintf(w, "visit\t%s %s, %s, since %s\n", j.Name, j.ID, or(j.Phase), span(s.At.Sub(j.Since)))
	} else {
		fmt.Fprintf(w, "visit\tnone\n")
	}
	if l := s.Ledger; l != nil {
		fmt.Fprintf(w, "ledger\trecord %d/%d, %s of %s used\n", l.Head.Epoch, l.Head.Seq, size(l.Room.Used), size(l.Room.Max))
	} else {
		fmt.Fprintf(w, "ledger\tnot open\n")
	}
	fmt.Fprintf(w, "central\t%s\n", uplink(s))
	fmt.Fprintf(w, "process\t%d, %s, %d goroutines\n", s.Process.PID, size(s.Process.RSS), s.Process.Goroutines)

	fmt.Fprintln(w)
	printDevices(w, s)
	fmt.Fprintln(w)
	switch {
	case len(s.Health) == 0 && len(s.Devices) == 0:
		fmt.Fprintln(w, "No device was asked yet.")
		return
	case len(s.Health) == 0:
		fmt.Fprintln(w, "Everything works.")
		return
	}
	fmt.Fprintln(w, "SEVERITY\tCODE\tBLOCKS\tREMEDY")
	for _, h := range s.Health {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", h.Severity, h.Code, or(strings.Join(h.Blocks, ", ")), remedy(h.Remedy, h.Detail))
	}
}

func printDevices(w io.Writer, s control.Status) {
	fmt.Fprintln(w, "DEVICE\tDRIVER\tLINK\tASKED\tSUPPLIES\tFAULT\tMODEL")
	for _, d := range s.Devices {
		fault := ""
		if f := d.Status.Fault; f != nil {
			fault = f.Error()
		}
		var supplies []string
		for _, name := range slices.Sorted(maps.Keys(d.Status.Supplies)) {
			supplies = append(supplies, name+" "+string(d.Status.Supplies[name]))
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s ago\t%s\t%s\t%s\n", d.Kind, d.Driver, d.Status.Link, span(s.At.Sub(d.Since)),
			or(strings.Join(supplies, ", ")), or(fault), or(d.Status.Model))
	}
}

func uplink(s control.Status) string {
	u := s.Uplink
	text := "no answer yet"
	if !u.LastOK.IsZero() {
		text = "last answer " + span(s.At.Sub(u.LastOK)) + " ago"
	}
	if l := s.Ledger; l != nil && l.Lag > 0 {
		text += fmt.Sprintf(", %d records wait", l.Lag)
	}
	if u.Error != "" {
		text += ", " + u.Error
	}
	if u.Forked {
		text += ", SENDING STOPPED: the server has other records"
	}
	return text
}

// remedies are what a technician can do, in words.
var remedies = map[devices.Remedy]string{
	devices.RemedyWait:          "wait, it ends by itself",
	devices.RemedyClear:         "remove the jam, close the cover",
	devices.RemedyReplenish:     "fill up",
	devices.RemedyReset:         "switch it off and on, or plug it in again",
	devices.RemedyMaintenance:   "call maintenance",
	devices.RemedyConfiguration: "correct the configuration",
}

func remedy(r devices.Remedy, detail string) string {
	text, ok := remedies[r]
	if !ok {
		text = string(r)
	}
	if detail != "" {
		text += " (" + detail + ")"
	}
	return text
}

func or(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// span is a time span in its two largest units.
func span(d time.Duration) string {
	units := []struct {
		name string
		size time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"min", time.Minute}, {"s", time.Second}}
	for i, u := range units {
		if d < u.size {
			continue
		}
		text := fmt.Sprintf("%d %s", d/u.size, u.name)
		if rest := d % u.size; i+1 < len(units) && rest >= units[i+1].size {
			text += fmt.Sprintf(" %d %s", rest/units[i+1].size, units[i+1].name)
		}
		return text
	}
	return "0 s"
}

func size(bytes int64) string { return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20)) }
