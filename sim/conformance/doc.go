// Package conformance lists what RFC 9293 requires, an entry for each
// requirement.
//
// The table is data. Each requirement that is in scope has a proof among the
// tests of this package: a function that runs the protocol and looks at what it
// does. The page is written from the table and from the outcome of the proofs,
// so that it cannot say more than they have shown. The statements of RFC 9260
// and their proofs stand among the tests of package sctp.
package conformance
