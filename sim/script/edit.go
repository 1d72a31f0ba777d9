package script

import (
	"fmt"
	"slices"
	"strings"

	"simrun/sim"
	"simrun/sim/trace"
)

// Edits is changes to a scenario, in the order given on a command line.
type Edits []Edit

// Edit is one flag and its value: --drop a.F, --set A.msl=30s, --profile
// linux, --seed 7. Every word that a fault may begin with is a flag.
type Edit struct{ Flag, Value string }

// EditFlags is the flags that are edits, without their dashes.
func EditFlags() []string { return append(slices.Clone(faultWords), "set", "profile", "seed") }

// Edit is the scenario with the edits made to a copy of it.
func (f *File) Edit(edits Edits) (*sim.Scenario, error) {
	sc := editable(f.Scenario)
	for _, e := range edits {
		if _, err := e.apply(sc); err != nil {
			return nil, fmt.Errorf("--%s: %w", e.Flag, err)
		}
	}
	return sc, nil
}

// editable is a copy of a scenario, as deep as edits reach.
func editable(original *sim.Scenario) *sim.Scenario {
	sc := *original
	sc.Faults = slices.Clone(sc.Faults)
	sc.Hosts = slices.Clone(sc.Hosts)
	for i := range sc.Hosts {
		sc.Hosts[i].Settings = slices.Clone(sc.Hosts[i].Settings)
	}
	return &sc
}

// apply makes one edit and returns its value in canonical form.
func (e Edit) apply(sc *sim.Scenario) (value string, err error) {
	defer rescue(&err)
	switch e.Flag {
	case "set":
		host, s, err := ParseSetting(e.Value, sc)
		if err != nil {
			return "", err
		}
		for i := range sc.Hosts {
			if host < 0 || host == i {
				set(&sc.Hosts[i], s)
			}
		}
		if host >= 0 {
			return fmt.Sprintf("%s.%s=%s", sc.Hosts[host].Name, s.Key, s.Value), nil
		}
		return s.Key + "=" + s.Value, nil
	case "profile":
		p := newEdit(e.Value, sc)
		t := p.word("a profile")
		if !slices.Contains(profiles, t.src) {
			p.fail(t, "%s", unknown("profile", t.src, profiles))
		}
		sc.Profile = t.src
		p.end()
	case "seed":
		p := newEdit(e.Value, sc)
		sc.Seed = p.number(p.next(), "a seed", 1, 1<<64-1)
		p.end()
	default:
		fault, err := ParseFault(e.Flag+" "+e.Value, sc)
		if err != nil {
			return "", err
		}
		sc.Faults = append(sc.Faults, fault)
		_, value, _ := strings.Cut(fault.Text, " ")
		return value, nil
	}
	return strings.TrimSpace(e.Value), nil
}

// set changes a setting where it stands, or adds it.
func set(h *sim.HostSpec, s sim.Setting) {
	i := slices.IndexFunc(h.Settings, func(old sim.Setting) bool { return old.Key == s.Key })
	if i < 0 {
		h.Settings = append(h.Settings, s)
		return
	}
	h.Settings[i] = s
}

// newEdit is a parser of the text of one edit, which is no file.
func newEdit(text string, sc *sim.Scenario) *parser {
	s := &source{lines: []string{text}}
	return &parser{source: s, sc: sc, toks: s.lexLine(nil, 0, 1, text)}
}

// ParseFault compiles a fault as the net section spells it: "drop a.F".
func ParseFault(text string, sc *sim.Scenario) (f sim.Fault, err error) {
	defer rescue(&err)
	p := newEdit(text, sc)
	f = p.fault()
	p.end()
	return f, nil
}

// ParseSetting reads "A.msl=30s", the setting of one host, or "msl=30s" for
// all; host is then -1.
func ParseSetting(text string, sc *sim.Scenario) (host int, s sim.Setting, err error) {
	defer rescue(&err)
	p := newEdit(text, sc)
	t := p.peek()
	name, _, ok := strings.Cut(t.src, ".")
	if host = -1; ok && t.kind == word {
		host = p.hostNamed(t, name)
		p.toks[0].src = strings.TrimPrefix(t.src, name+".")
		p.toks[0].col += trace.Cells(name) + 1
	}
	s = p.setting()
	p.end()
	return host, s, nil
}

// Command is the command that reproduces a run of the scenario with edits, in
// canonical form.
func (f *File) Command(edits Edits) string {
	var b strings.Builder
	name := f.Scenario.Name
	if name == "" {
		name = f.file
	}
	fmt.Fprintf(&b, "simrun run %s", shellQuote(name))
	sc := editable(f.Scenario)
	for _, e := range edits {
		value, err := e.apply(sc)
		if err != nil {
			value = e.Value
		}
		fmt.Fprintf(&b, " --%s %s", e.Flag, shellQuote(value))
	}
	return b.String()
}

// shellQuote quotes a value that a shell would not pass on as it is.
func shellQuote(s string) string {
	if s == "" || s[0] == '#' || strings.ContainsAny(s, " \t\n\"'\\$`&|;<>()*?[]~!{}") {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	return s
}
