package sim

import (
	"reflect"
	"slices"
	"testing"

	"simrun/sim/socket"
)

// leaves calls visit for each field of a configuration that is no struct.
func leaves(v reflect.Value, path string, visit func(path string, v reflect.Value)) {
	for i := range v.NumField() {
		name := path + v.Type().Field(i).Name
		if f := v.Field(i); f.Kind() == reflect.Struct {
			leaves(f, name+".", visit)
		} else {
			visit(name, f)
		}
	}
}

// TestDifferencesAreListed: a field in which a profile differs from rfc has its
// row, and each row is about such a field and names its source.
func TestDifferencesAreListed(t *testing.T) {
	differ := map[string]bool{}
	rfc, _ := Profile("rfc")
	for _, name := range []string{"linux", "freebsd"} {
		cfg, ok := Profile(name)
		if !ok {
			t.Fatalf("no profile %q", name)
		}
		leaves(reflect.ValueOf(&cfg).Elem(), "", func(path string, v reflect.Value) {
			if !reflect.DeepEqual(v.Interface(), field(&rfc, path).Interface()) {
				differ[path] = true
			}
		})
	}
	if len(differ) < 20 {
		t.Errorf("%d fields differ: these are not all", len(differ))
	}
	for _, d := range Differences() {
		if !differ[d.Field] {
			t.Errorf("row %s: no profile differs from rfc, or another row says it", d.Field)
		}
		delete(differ, d.Field)
		if d.About == "" || d.Source == "" {
			t.Errorf("row %s: say what it is, and who says so", d.Field)
		}
	}
	for path := range differ {
		t.Errorf("%s differs between profiles and has no row in profiletable.go", path)
	}
}

// TestDifferencesCanBeSet: the setting that a row names turns the rfc profile's
// value into that of each other profile, as the page writes it.
func TestDifferencesCanBeSet(t *testing.T) {
	for _, d := range Differences() {
		if d.Setting == "" {
			continue
		}
		for _, c := range []struct{ profile, value string }{{"rfc", d.RFC}, {"linux", d.Linux}, {"freebsd", d.FreeBSD}} {
			want, _ := Profile(c.profile)
			got := socket.Defaults()
			if fieldText(&want, d.Field) == d.RFC {
				continue // also what no setting can say, as a count of 0 for "by the MSS"
			}
			if err := applySetting(&got, Setting{Key: d.Setting, Value: c.value}); err != nil {
				t.Errorf("row %s, %s: %v", d.Field, c.profile, err)
			} else if !reflect.DeepEqual(field(&got, d.Field).Interface(), field(&want, d.Field).Interface()) {
				t.Errorf("row %s: %s=%s gives %v, want %v", d.Field, d.Setting, c.value, field(&got, d.Field), field(&want, d.Field))
			}
		}
	}
}

func TestGapsAreWhole(t *testing.T) {
	for _, g := range Gaps() {
		if !slices.Contains([]string{"linux", "freebsd", "both"}, g.System) || g.What == "" || g.Source == "" || g.Reason == "" {
			t.Errorf("%+v: something is missing", g)
		}
	}
}
