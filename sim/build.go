package sim

import (
	"fmt"
	"strings"
	"time"

	"simrun/wire"
)

// Builder puts a Scenario together in Go. Its first mistake is kept and told
// by Scenario and World.
type Builder struct {
	sc  Scenario
	err error
}

// NewScenario begins a scenario; a seed of 0 is 1.
func NewScenario(name string, seed uint64) *Builder {
	return &Builder{sc: Scenario{Name: name, Seed: seed}}
}

// Profile is the system that all hosts are.
func (b *Builder) Profile(name string) *Builder {
	b.sc.Profile = name
	return b
}

// Host adds a machine with its addresses, parted by spaces, and its settings
// as .sim files write them: "ack=immediate".
func (b *Builder) Host(name, addrs string, settings ...string) *Builder {
	h := HostSpec{Name: name}
	for field := range strings.FieldsSeq(addrs) {
		a, err := wire.ParseAddr(field)
		b.note(err)
		h.Addrs = append(h.Addrs, a)
	}
	if len(h.Addrs) == 0 {
		b.note(fmt.Errorf("host %s: want an address, found none", name))
	}
	for _, s := range settings {
		key, value, _ := strings.Cut(s, "=")
		setting := Setting{Key: key, Value: value}
		b.note(CheckSetting(setting))
		h.Settings = append(h.Settings, setting)
	}
	b.sc.Hosts = append(b.sc.Hosts, h)
	return b
}

// Link joins two hosts by their names, at the first addresses of the same
// family; options change what is more than a delay.
func (b *Builder) Link(from, to string, delay time.Duration, options ...func(*LinkSpec)) *Builder {
	l := LinkSpec{Delay: delay}
	l.Ends[0].Host, l.Ends[1].Host = b.host(from), b.host(to)
	if b.err != nil {
		return b
	}
	l.Ends[0].Addr, l.Ends[1].Addr = b.common(l.Ends[0].Host, l.Ends[1].Host)
	for _, change := range options {
		change(&l)
	}
	b.sc.Links = append(b.sc.Links, l)
	return b
}

// Fault adds trouble. A Fault's Link and Host are indexes, -1 for all.
func (b *Builder) Fault(f Fault) *Builder {
	b.sc.Faults = append(b.sc.Faults, f)
	return b
}

func (b *Builder) note(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *Builder) host(name string) int {
	for i := range b.sc.Hosts {
		if strings.EqualFold(b.sc.Hosts[i].Name, name) {
			return i
		}
	}
	b.note(fmt.Errorf("unknown host %q", name))
	return 0
}

func (b *Builder) common(from, to int) (wire.Addr, wire.Addr) {
	for _, a := range b.sc.Hosts[from].Addrs {
		for _, o := range b.sc.Hosts[to].Addrs {
			if a.Is4() == o.Is4() {
				return a, o
			}
		}
	}
	b.note(fmt.Errorf("hosts %s and %s have no addresses of one family", b.sc.Hosts[from].Name, b.sc.Hosts[to].Name))
	return wire.Addr{}, wire.Addr{}
}

// Scenario is what was built.
func (b *Builder) Scenario() (*Scenario, error) {
	if b.err != nil {
		return nil, b.err
	}
	sc := b.sc
	return &sc, nil
}

// World makes the world of what was built.
func (b *Builder) World() (*World, error) {
	sc, err := b.Scenario()
	if err != nil {
		return nil, err
	}
	return New(sc)
}
