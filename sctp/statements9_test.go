package sctp

var endingStatements []statement
