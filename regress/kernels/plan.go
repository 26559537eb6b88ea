package main

import (
	"time"

	"sonde/regress"
)

// plan is what the host tells the guest, a file in its first file system.
type plan struct {
	Passes []pass
}

// pass is one run of fsystest.
type pass struct {
	Name string
	// Yama is the scope of the module of that name
	// (Documentation/admin-guide/LSM/Yama.rst); 3 is for good.
	Yama int
	// UID is the user; the groups are none but nobody's where it is not root.
	UID  uint32
	Args []string
}

// outcome is what the guest tells the host of a pass.
type outcome struct {
	Pass   string
	Report *regress.Report
	Took   time.Duration
	// Err says why there is no report.
	Err string
}

const planFile = "/plan.json"

// results is the port that outcomes are written to, an object each.
const results = "/dev/ttyS1"
