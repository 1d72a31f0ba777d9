package sctp

import "simrun/wire"

// HasPeer reports whether an address is one of the peer's.
func (a *Assoc) HasPeer(addr wire.Addr) bool { return a.pathTo(addr) != noPath }

// Locals is the addresses that the peer was told of.
func (a *Assoc) Locals() []wire.Addr { return a.locals }

// PrimaryAddr is where new DATA goes.
func (a *Assoc) PrimaryAddr() wire.Addr { return a.paths[a.primaryPath()].addr }
