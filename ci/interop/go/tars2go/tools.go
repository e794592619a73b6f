//go:build tools

// Package tools pins the code generator.
package tools

import _ "github.com/TarsCloud/TarsGo/tars/tools/tars2go"
