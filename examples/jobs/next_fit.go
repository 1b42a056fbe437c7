// Replies: next fit, a bin for each size.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
)

func main() {
	capacity, _ := strconv.Atoi(os.Getenv("COUNTERPOINT_PARAMETER_CAPACITY"))
	bin, room := 0, capacity
	in := bufio.NewScanner(os.Stdin)
	in.Scan()
	fmt.Println(in.Text()) // the header, sent back: ready
	for in.Scan() {
		size, _ := strconv.Atoi(in.Text())
		if size > room {
			bin, room = bin+1, capacity
		}
		room -= size
		fmt.Println(bin)
	}
}
