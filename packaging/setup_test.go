// Package packaging has what brings the programs onto a machine: setup for
// developers, and later the packages and images for kiosks.
package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestSetup runs setup with a PATH that has only a few system tools; go, dpkg-query,
// apt-get, sudo and id are those of the script's own bin folder.
func TestSetup(t *testing.T) {
	setup, err := filepath.Abs("setup")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			tools := filepath.Join(env.WorkDir, "tools")
			if err := os.Mkdir(tools, 0o755); err != nil {
				return err
			}
			for _, name := range []string{"bash", "env", "sed", "sort", "tr"} {
				path, err := exec.LookPath(name)
				if err != nil {
					return err
				}
				if err := os.Symlink(path, filepath.Join(tools, name)); err != nil {
					return err
				}
			}
			fakes, err := filepath.Glob(filepath.Join(env.WorkDir, "bin", "*"))
			if err != nil {
				return err
			}
			for _, fake := range fakes {
				if err := os.Chmod(fake, 0o755); err != nil {
					return err
				}
			}
			env.Setenv("PATH", tools)
			env.Setenv("BIN", filepath.Join(env.WorkDir, "bin"))
			env.Setenv("SETUP", setup)
			env.Setenv("OS_RELEASE", filepath.Join(env.WorkDir, "os-release"))
			return nil
		},
	})
}
