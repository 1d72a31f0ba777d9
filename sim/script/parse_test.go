package script

import (
	"os"
	"testing"
)

func TestParseCompilesTheCatalogue(t *testing.T) {
	src, err := os.ReadFile("../catalogue/tcp/half-close-echo.sim")
	if err != nil {
		t.Fatal(err)
	}
	f, err := Parse("", "half-close-echo.sim", src)
	if err != nil {
		t.Fatal(err)
	}
	if f.Scenario.Name != "tcp/half-close-echo" || len(f.Scenario.Apps) != 2 {
		t.Errorf("got %+v", f.Scenario)
	}
}
