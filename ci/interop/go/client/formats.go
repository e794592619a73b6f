package main

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/TarsCloud/TarsGo/tars/protocol"
	"github.com/TarsCloud/TarsGo/tars/protocol/codec"
	"github.com/TarsCloud/TarsGo/tars/protocol/res/basef"
	"github.com/TarsCloud/TarsGo/tars/protocol/res/requestf"
	"github.com/TarsCloud/TarsGo/tars/protocol/tup"
	"github.com/TarsCloud/TarsGo/tars/util/tools"

	"interop/gen/Interop"
	"interop/probe"
)

// format is what a proxy of TarsGo needs to speak TUP or JSON: TarsGo has the bodies of both, but
// its client makes packets of version 1, and cannot read the answers of TUP, which are shaped like
// requests.
type format struct {
	protocol.TarsProtocol
	version int16
}

func (f *format) RequestPack(request *requestf.RequestPacket) ([]byte, error) {
	request.IVersion = f.version
	return f.TarsProtocol.RequestPack(request)
}

func (f *format) ResponseUnpack(frame []byte) (*requestf.ResponsePacket, error) {
	if f.version != basef.TUPVERSION {
		return f.TarsProtocol.ResponseUnpack(frame)
	}
	answer := new(requestf.RequestPacket)
	if err := answer.ReadFrom(codec.NewReader(frame[4:])); err != nil {
		return nil, err
	}
	code, _ := strconv.Atoi(answer.Status["STATUS_RESULT_CODE"])
	return &requestf.ResponsePacket{IVersion: answer.IVersion, IRequestId: answer.IRequestId,
		IRet: int32(code), SResultDesc: answer.Status["STATUS_RESULT_DESC"],
		SBuffer: answer.SBuffer, Context: answer.Context}, nil
}

type block interface {
	WriteBlock(*codec.Buffer, byte) error
	ReadBlock(*codec.Reader, byte, bool) error
}

// caller calls functions that take `value` or nothing, and return an integer and maybe `copy`.
type caller struct {
	*recorder
	version int16
}

func connectIn(version int16) caller {
	proxy := connect(probe.Name)
	proxy.servant.TarsSetProtocol(&format{version: version})
	return caller{proxy, version}
}

func (c caller) call(function string, in map[string]interface{}, twin block) (int64, error) {
	body, err := c.encode(in)
	if err != nil {
		return 0, err
	}
	answer, err := c.raw(function, body)
	if err != nil {
		return 0, err
	}
	bytes := tools.Int8ToByte(answer.SBuffer)
	if c.version == basef.JSONVERSION {
		result := struct {
			Ret  int64 `json:"tars_ret"`
			Twin block `json:"copy"`
		}{Twin: twin}
		err = json.Unmarshal(bytes, &result)
		return result.Ret, err
	}
	return fromTup(bytes, twin)
}

// fromTup reads the return value under both its names; a void function has none.
func fromTup(body []byte, twin block) (result int64, err error) {
	attributes := tup.NewUniAttribute()
	if err = attributes.Decode(codec.NewReader(body)); err != nil {
		return
	}
	var bytes, again []byte
	if attributes.GetBuffer("", &bytes) == nil {
		if err = codec.NewReader(bytes).ReadInt64(&result, 0, true); err != nil {
			return
		}
		err = first(attributes.GetBuffer("tars_ret", &again), different("name", again, bytes))
	}
	if twin != nil {
		err = first(err, attributes.GetBuffer("copy", &bytes),
			twin.ReadBlock(codec.NewReader(bytes), 0, true))
	}
	return
}

func (c caller) encode(in map[string]interface{}) ([]byte, error) {
	if c.version == basef.JSONVERSION {
		return json.Marshal(in)
	}
	attributes := tup.NewUniAttribute()
	for name, value := range in {
		buffer := codec.NewBuffer()
		var err error
		switch v := value.(type) {
		case int32:
			err = buffer.WriteInt32(v, 0)
		case string:
			err = buffer.WriteString(v, 0)
		case block:
			err = v.WriteBlock(buffer, 0)
		}
		if err != nil {
			return nil, err
		}
		attributes.PutBuffer(name, buffer.ToBytes())
	}
	buffer := codec.NewBuffer()
	err := attributes.Encode(buffer)
	return buffer.ToBytes(), err
}

func (c caller) echo(function string, value, twin block, wanted int64) error {
	result, err := c.call(function, map[string]interface{}{"value": value}, twin)
	return first(err, different("result", result, wanted), different("copy", twin, value))
}

func (c caller) fails(code int32) error {
	in := map[string]interface{}{"code": code, "text": "because of a test"}
	_, err := c.call("fail", in, nil)
	return refused(err, code, "because of a test")
}

func (c caller) scalars(value Interop.Scalars) error {
	return c.echo("scalars", &value, new(Interop.Scalars), probe.Sum(&value))
}

func inFormat(label string, version int16) {
	c := connectIn(version)
	test(label+"ping", func() error { _, err := c.raw("tars_ping", nil); return err })
	test(label+"scalars extreme", func() error { return c.scalars(probe.Extreme()) })
	test(label+"scalars usual", func() error { return c.scalars(probe.Usual()) })
	test(label+"scalars zero", func() error { return c.scalars(probe.Zero()) })
	mixed, fixed, full := probe.Mixed(), probe.Fixed(), probe.Nested()
	test(label+"mixed", func() error { return c.echo("mixed", &mixed, new(Interop.Mixed), 2) })
	test(label+"mixed empty", func() error {
		return c.echo("mixed", new(Interop.Mixed), new(Interop.Mixed), 0)
	})
	if version == basef.JSONVERSION {
		skip(label+"nested", "Go's JSON has no maps with structs as keys")
		skip(label+"fixed", "byte arrays are strings in JSON to TarsCpp and us, lists to Go")
	} else {
		test(label+"nested", func() error { return c.echo("nested", &full, new(Interop.Nested), 2) })
		test(label+"fixed", func() error {
			return c.echo("fixed", &fixed, new(Interop.Fixed), int64(probe.SumOf(&fixed)))
		})
	}
	test(label+"void", func() error {
		_, err := c.call("nothing", map[string]interface{}{}, nil)
		return err
	})
	if server == "go" && version == basef.TUPVERSION {
		skip(label+"error", "TarsGo loses the code and the text")
		return
	}
	for _, code := range []int32{1, 1234} {
		code := code
		test(fmt.Sprintf("%serror %d", label, code), func() error { return c.fails(code) })
	}
	test(label+"unknown function", func() error {
		_, err := c.call("missing", map[string]interface{}{}, nil)
		return refused(err, noFunction(), "")
	})
}
