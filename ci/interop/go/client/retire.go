package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/TarsCloud/TarsGo/tars/protocol/codec"
	"github.com/TarsCloud/TarsGo/tars/protocol/res/requestf"

	"interop/probe"
)

// listener is a connection of its own: TarsGo's client hides the packet that announces the end.
func listener() (net.Conn, error) {
	connection, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return nil, err
	}
	request := requestf.RequestPacket{IVersion: 1, IRequestId: 1, SServantName: probe.Name,
		SFuncName: "tars_ping", ITimeout: 3000}
	body := codec.NewBuffer()
	if err := request.WriteTo(body); err != nil {
		return nil, err
	}
	frame := make([]byte, 4, 4+len(body.ToBytes()))
	frame = append(frame, body.ToBytes()...)
	binary.BigEndian.PutUint32(frame, uint32(len(frame)))
	if _, err := connection.Write(frame); err != nil {
		return nil, err
	}
	if _, err := receive(connection); err != nil {
		return nil, err
	}
	return connection, nil
}

func receive(connection net.Conn) (*requestf.ResponsePacket, error) {
	if err := connection.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return nil, err
	}
	head := make([]byte, 4)
	if _, err := io.ReadFull(connection, head); err != nil {
		return nil, err
	}
	rest := make([]byte, binary.BigEndian.Uint32(head)-4)
	if _, err := io.ReadFull(connection, rest); err != nil {
		return nil, err
	}
	packet := new(requestf.ResponsePacket)
	return packet, packet.ReadFrom(codec.NewReader(rest))
}

// retired: a running call is answered, and other connections are told to go elsewhere.
func retired(proxy *recorder) error {
	connection, err := listener()
	if err != nil {
		return err
	}
	defer connection.Close()
	answer := make(chan error, 1)
	go func() {
		value, err := proxy.Slow(700, 7)
		if err == nil {
			err = different("value", value, 7)
		}
		answer <- err
	}()
	time.Sleep(100 * time.Millisecond)
	if err := proxy.Retire(); err != nil {
		return err
	}
	packet, err := receive(connection)
	if err != nil {
		return fmt.Errorf("waiting for _reconnect_: %w", err)
	}
	return first(different("request id", packet.IRequestId, 0),
		different("description", packet.SResultDesc, "_reconnect_"), <-answer)
}
