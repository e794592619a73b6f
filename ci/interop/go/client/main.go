// The TarsGo peer as a client: runs every case against a server of Interop.Probe.
//
//	client -port N -server tarsier|go|node|java
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/TarsCloud/TarsGo/tars"
	"github.com/TarsCloud/TarsGo/tars/model"
	"github.com/TarsCloud/TarsGo/tars/protocol/codec"
	"github.com/TarsCloud/TarsGo/tars/protocol/res/basef"
	"github.com/TarsCloud/TarsGo/tars/protocol/res/requestf"

	"interop/gen/Interop"
	"interop/probe"
)

const largeBytes = 10*1024*1024 - 512 // with its header just below TarsGo's limit of a packet

var (
	failed bool
	server string
	port   int
)

func test(name string, run func() error) {
	if err := run(); err != nil {
		failed = true
		fmt.Printf("FAIL %s: %v\n", name, err)
		return
	}
	fmt.Printf("ok %s\n", name)
}

func skip(name, why string) { fmt.Printf("skip %s: %s\n", name, why) }

// recorder keeps the servant of the generated proxy, for the calls that the proxy has no name for.
type recorder struct {
	Interop.Probe
	servant model.Servant
}

func (r *recorder) SetServant(s model.Servant) {
	r.servant = s
	r.Probe.SetServant(s)
}

func connect(object string) *recorder {
	proxy := &recorder{}
	endpoint := fmt.Sprintf("%s@tcp -h 127.0.0.1 -p %d -t 60000", object, port)
	communicator := tars.NewCommunicator()
	communicator.StringToProxy(endpoint, proxy)
	proxy.TarsSetTimeout(20000)
	return proxy
}

func (r *recorder) raw(function string, body []byte) (*requestf.ResponsePacket, error) {
	response := new(requestf.ResponsePacket)
	err := r.servant.TarsInvoke(context.Background(), 0, function, body, nil, nil, response)
	return response, err
}

func different(what string, got, wanted interface{}) error {
	if probe.Text(got) == probe.Text(wanted) {
		return nil
	}
	return fmt.Errorf("%s is %.200v, not %.200v", what, got, wanted)
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func scalars(proxy *recorder, value Interop.Scalars) error {
	var twin Interop.Scalars
	sum, err := proxy.Scalars(&value, &twin)
	if err != nil {
		return err
	}
	return first(different("sum", sum, probe.Sum(&value)), different("copy", twin, value))
}

func nested(proxy *recorder, value Interop.Nested) error {
	var twin Interop.Nested
	count, err := proxy.Nested(&value, &twin)
	if err != nil {
		return err
	}
	return first(different("count", count, len(value.Leaves)), different("copy", twin, value))
}

func mixed(proxy *recorder, value Interop.Mixed) error {
	var twin Interop.Mixed
	count, err := proxy.Mixed(&value, &twin)
	return first(err, different("count", count, len(value.Groves)), different("copy", twin, value))
}

func fixed(proxy *recorder, value Interop.Fixed) error {
	var twin Interop.Fixed
	sum, err := proxy.Fixed(&value, &twin)
	return first(err, different("sum", sum, probe.SumOf(&value)), different("copy", twin, value))
}

func bytes(proxy *recorder, size int) error {
	payload := make([]int8, size)
	for i := range payload {
		payload[i] = int8(i * 31)
	}
	echo, err := proxy.Bytes(payload)
	if err != nil {
		return err
	}
	if len(echo) != size {
		return fmt.Errorf("%d bytes came back, not %d", len(echo), size)
	}
	for i := range payload {
		if echo[i] != payload[i] {
			return fmt.Errorf("byte %d is %d, not %d", i, echo[i], payload[i])
		}
	}
	return nil
}

func pipelined(proxy *recorder) error {
	var wait sync.WaitGroup
	wrong := make(chan error, 500)
	for i := int32(0); i < 500; i++ {
		wait.Add(1)
		go func(i int32) {
			defer wait.Done()
			sum, err := proxy.Add(i, 1000)
			if err == nil {
				err = different("sum", sum, i+1000)
			}
			wrong <- err
		}(i)
	}
	wait.Wait()
	close(wrong)
	for err := range wrong {
		if err != nil {
			return err
		}
	}
	return nil
}

func oneWay(proxy *recorder) error {
	var last string
	before, err := proxy.Notes(&last)
	if err != nil {
		return err
	}
	for i := 0; i < 10; i++ {
		if err := proxy.NoteOneWayWithContext(context.Background(), "note"); err != nil {
			return err
		}
	}
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); {
		count, err := proxy.Notes(&last)
		if err != nil {
			return err
		}
		if count-before == 10 {
			return different("last", last, "note")
		}
	}
	return errors.New("not all notes came within 5 s")
}

// A return code other than 0 and 1 reaches callers of TarsGo with its code, 1 with its text only.
func refused(err error, code int32, text string) error {
	if err == nil {
		return errors.New("the call succeeded")
	}
	if code != 1 && tars.GetErrorCode(err) != code {
		return fmt.Errorf("the code is %d, not %d (%w)", tars.GetErrorCode(err), code, err)
	}
	if server != "java" && !strings.Contains(err.Error(), text) {
		return fmt.Errorf("the text is %q", err.Error())
	}
	return nil
}

func errorCode(code int32) int32 {
	if server == "java" {
		return -10 // whatever a servant throws
	}
	return code
}

// TarsGo tells its caller no code without a text, which @tars/rpc does not send.
func noFunction() int32 {
	if server == "go" || server == "node" {
		return 1
	}
	return -3
}

// late: the answer that comes behind the deadline does no harm.
func late(proxy *recorder) error {
	hasty, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err := proxy.SlowWithContext(hasty, 300, 1)
	if err := refused(err, 1, "timeout"); err != nil {
		return err
	}
	value, err := proxy.Slow(400, 2)
	return first(err, different("value", value, 2))
}

func recall(proxy *recorder) error {
	values := map[string]string{"colour": "grün"}
	found, err := proxy.Recall("colour", values)
	if err != nil {
		return err
	}
	return first(different("context", found, "grün"),
		different("reply context", values["echo"], "grün"))
}

func pushed(proxy *recorder) error {
	news := make(chan string, 3)
	proxy.servant.SetPushCallback(func(data []byte) {
		reader := codec.NewReader(data)
		var number int32
		var text string
		if reader.ReadInt32(&number, 0, true) == nil && reader.ReadString(&text, 1, true) == nil {
			news <- fmt.Sprintf("%d %s", number, text)
		}
	})
	if err := proxy.Subscribe(3); err != nil {
		return err
	}
	// TarsGo's client handles every packet in a goroutine of its own: in any order.
	seen := map[string]bool{}
	for len(seen) < 3 {
		select {
		case text := <-news:
			seen[text] = true
		case <-time.After(5 * time.Second):
			return fmt.Errorf("%d pushes within 5 s", len(seen))
		}
	}
	for i := int32(1); i <= 3; i++ {
		if text := fmt.Sprintf("%d %s", i, probe.NewsText(i)); !seen[text] {
			return fmt.Errorf("no push '%s' among %v", text, seen)
		}
	}
	return nil
}

func main() {
	flag.IntVar(&port, "port", 0, "port of the server")
	flag.StringVar(&server, "server", "tarsier", "who serves")
	flag.Parse()
	proxy := connect(probe.Name)

	test("ping", func() error { _, err := proxy.raw("tars_ping", nil); return err })
	test("scalars extreme", func() error { return scalars(proxy, probe.Extreme()) })
	test("scalars usual", func() error { return scalars(proxy, probe.Usual()) })
	test("scalars zero", func() error { return scalars(proxy, probe.Zero()) })
	test("nested", func() error { return nested(proxy, probe.Nested()) })
	test("nested empty", func() error {
		return nested(proxy, Interop.Nested{Scalars: probe.Zero()})
	})
	test("mixed", func() error { return mixed(proxy, probe.Mixed()) })
	test("mixed empty", func() error { return mixed(proxy, Interop.Mixed{}) })
	test("fixed", func() error { return fixed(proxy, probe.Fixed()) })
	for _, size := range []int{0, 1, 127, 128, 255, 256, 32767, 32768, 70000} {
		size := size
		test(fmt.Sprintf("bytes %d", size), func() error { return bytes(proxy, size) })
	}
	test("large", func() error { return bytes(proxy, largeBytes) })
	test("void", func() error { return proxy.Nothing() })
	test("pipelined", func() error { return pipelined(proxy) })
	test("one-way", func() error { return oneWay(proxy) })
	for _, code := range []int32{1, 1234} {
		code := code
		test(fmt.Sprintf("error %d", code), func() error {
			return refused(proxy.Fail(code, "because of a test"), errorCode(code),
				"because of a test")
		})
	}
	test("unknown function", func() error {
		_, err := proxy.raw("missing", nil)
		return refused(err, noFunction(), "")
	})
	if server == "tarsier" || server == "java" {
		stranger := connect("Interop.ProbeServer.OtherObj")
		test("unknown servant", func() error { return refused(stranger.Nothing(), -4, "") })
	} else {
		skip("unknown servant", "the server does not look at the name")
	}
	test("timeout", func() error { return late(proxy) })
	test("context", func() error { return recall(proxy) })
	test("push", func() error { return pushed(proxy) })
	if server == "tarsier" || server == "go" {
		inFormat("TUP ", basef.TUPVERSION)
		inFormat("JSON ", basef.JSONVERSION)
	}
	if server == "tarsier" || server == "go" {
		test("graceful close", func() error { return retired(proxy) })
	} else {
		skip("graceful close", "the server has none")
	}
	if failed {
		os.Exit(1)
	}
}
