module boomer-worker

go 1.22

require github.com/myzhan/boomer v1.6.1-0.20250711115830-8a2c7ce4c7b1
