package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"murur/cmd/hwsim/internal/scenario"
)

func demo() *cobra.Command {
	var o scenario.Options
	var only []string
	var list bool
	c := &cobra.Command{
		Use:   "demo",
		Short: "Play scripted visits at a whole kiosk and check what became of them",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			scenarios, err := scenario.All()
			if err != nil {
				return err
			}
			if list {
				return listScenarios(c, scenarios)
			}
			if len(only) > 0 {
				if scenarios, err = pick(scenarios, only); err != nil {
					return err
				}
			}
			for _, p := range []*string{&o.Kioskd, &o.Centrald} {
				if *p, err = program(*p); err != nil {
					return err
				}
			}
			o.Report = c.OutOrStdout()
			return scenario.Run(c.Context(), scenarios, o)
		},
	}
	f := c.Flags()
	f.StringSliceVar(&only, "only", nil, "play only this scenario")
	f.BoolVar(&list, "list", false, "list the scenarios")
	f.StringVar(&o.Out, "out", "out/demo", "`folder` for what each visit leaves behind")
	f.StringVar(&o.Kioskd, "kioskd", "kioskd", "kioskd's `program`; beside hwsim, or in PATH")
	f.StringVar(&o.Centrald, "centrald", "centrald", "centrald's `program`")
	f.IntVar(&o.Parallel, "parallel", 10, "scenarios at a time")
	return c
}

func pick(all []scenario.Scenario, names []string) ([]scenario.Scenario, error) {
	var picked []scenario.Scenario
	for _, name := range names {
		i := slices.IndexFunc(all, func(s scenario.Scenario) bool { return s.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("no scenario is called %q; see hwsim demo --list", name)
		}
		picked = append(picked, all[i])
	}
	return picked, nil
}

func listScenarios(c *cobra.Command, all []scenario.Scenario) error {
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	for _, s := range all {
		fmt.Fprintf(w, "%s\t%s\n", s.Name, s.Title)
	}
	return w.Flush()
}

// program finds a program: by its path, beside this one, or in PATH.
func program(name string) (string, error) {
	if filepath.Base(name) == name {
		if self, err := os.Executable(); err == nil {
			beside := filepath.Join(filepath.Dir(self), name)
			if _, err := os.Stat(beside); err == nil {
				return beside, nil
			}
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("cannot find %s: build it first: %w", name, err)
	}
	return filepath.Abs(path)
}
