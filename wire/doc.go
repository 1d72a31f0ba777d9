// Package wire is what travels between hosts, as typed values: IP, TCP, SCTP
// and ICMP headers with their number types. It makes no bytes and imports no
// library; package wire/codec turns these values into octets and back.
//
// Everything here is a plain value without pointers, but for payloads, which
// are slices that belong to whoever made the packet.
package wire
