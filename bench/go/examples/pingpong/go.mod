module extram/pingpong

go 1.19
