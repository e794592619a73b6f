// The TarsGo peer as a server: prints "listening <port>" and serves Interop.Probe until SIGTERM or
// retire().
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/TarsCloud/TarsGo/tars"
	"github.com/TarsCloud/TarsGo/tars/protocol/codec"
	"github.com/TarsCloud/TarsGo/tars/protocol/push"
	"github.com/TarsCloud/TarsGo/tars/util/current"

	"interop/gen/Interop"
	"interop/probe"
)

type servant struct {
	mutex sync.Mutex
	notes int32
	last  string
}

func (s *servant) Scalars(_ context.Context, value *Interop.Scalars,
	twin *Interop.Scalars) (int64, error) {
	*twin = *value
	return probe.Sum(value), nil
}

func (s *servant) Nested(_ context.Context, value *Interop.Nested,
	twin *Interop.Nested) (int32, error) {
	*twin = *value
	return int32(len(value.Leaves)), nil
}

// Mixed leaves nothing where its lists are empty, as most code in Go does: null in JSON.
func (s *servant) Mixed(_ context.Context, value *Interop.Mixed,
	twin *Interop.Mixed) (int32, error) {
	if len(value.Groves) > 0 {
		*twin = *value
	}
	return int32(len(value.Groves)), nil
}

func (s *servant) Fixed(_ context.Context, value *Interop.Fixed,
	twin *Interop.Fixed) (int32, error) {
	*twin = *value
	return probe.SumOf(value), nil
}

func (s *servant) Bytes(_ context.Context, payload []int8) ([]int8, error) { return payload, nil }

func (s *servant) Add(_ context.Context, left int32, right int32) (int32, error) {
	return left + right, nil
}

func (s *servant) Slow(_ context.Context, delay int32, value int32) (int32, error) {
	time.Sleep(time.Duration(delay) * time.Millisecond)
	return value, nil
}

func (s *servant) Nothing(context.Context) error { return nil }

func (s *servant) Note(_ context.Context, text string) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.notes++
	s.last = text
	return nil
}

func (s *servant) Notes(_ context.Context, last *string) (int32, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	*last = s.last
	return s.notes, nil
}

// Any error that is not a tars.Error goes out as return code 1.
func (s *servant) Fail(_ context.Context, code int32, text string) error {
	if code == 1 {
		return errors.New(text)
	}
	return tars.Errorf(code, "%s", text)
}

func (s *servant) Recall(ctx context.Context, name string) (string, error) {
	values, _ := current.GetRequestContext(ctx)
	current.SetResponseContext(ctx, map[string]string{"echo": values[name]})
	return values[name], nil
}

func (s *servant) Subscribe(ctx context.Context, count int32) error {
	for i := int32(1); i <= count; i++ {
		body := codec.NewBuffer()
		if err := body.WriteInt32(i, 0); err != nil {
			return err
		}
		if err := body.WriteString(probe.NewsText(i), 1); err != nil {
			return err
		}
		if err := push.Send(ctx, body.ToBytes()); err != nil {
			return err
		}
	}
	return nil
}

func (s *servant) News(_ context.Context, text *string) (int32, error) { return 0, nil }

func (s *servant) Retire(context.Context) error {
	time.AfterFunc(100*time.Millisecond, func() { syscall.Kill(os.Getpid(), syscall.SIGTERM) })
	return nil
}

// freePort lets the kernel choose, because TarsGo does not tell which port it was given for 0.
func freePort() int {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

const configuration = `<tars>
  <application>
    <server>
      app=Interop
      server=ProbeServer
      localip=127.0.0.1
      logpath=%[1]s
      loglevel=OFF
      datapath=%[1]s
      basepath=%[1]s
      gracedown-timeout=5000
      <Interop.ProbeServer.ProbeObjAdapter>
        endpoint=tcp -h 127.0.0.1 -p %[2]d -t 60000
        servant=Interop.ProbeServer.ProbeObj
        protocol=tars
        threads=1
      </Interop.ProbeServer.ProbeObjAdapter>
    </server>
  </application>
</tars>
`

func main() {
	folder, err := os.MkdirTemp("", "interop-go")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)
	port := freePort()
	tars.ServerConfigPath = filepath.Join(folder, "config.conf")
	text := fmt.Sprintf(configuration, folder, port)
	if err := os.WriteFile(tars.ServerConfigPath, []byte(text), 0o600); err != nil {
		panic(err)
	}
	tars.GetServerConfig() // reads the file
	new(Interop.Probe).AddServantWithContext(&servant{}, probe.Name)
	go func() {
		for {
			if connection, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
				connection.Close()
				fmt.Printf("listening %d\n", port)
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}()
	tars.Run()
}
