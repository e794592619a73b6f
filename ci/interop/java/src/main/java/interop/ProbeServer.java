package interop;

import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;

/** The TarsJava peer as a server: prints "listening PORT" and serves until SIGTERM. */
public final class ProbeServer {
  private ProbeServer() {}

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static String configuration(String folder, int port, int admin) {
    return String.join("\n", "<tars>", "<application>", "enableset=n", "setdivision=NULL",
        "<client>", "locator=tars.tarsregistry.QueryObj@tcp -h 127.0.0.1 -p 1 -t 1000",
        "modulename=Interop.ProbeServer", "</client>",
        "<server>", "app=Interop", "server=ProbeServer", "localip=127.0.0.1",
        "local=tcp -h 127.0.0.1 -p " + admin + " -t 3000", "basepath=" + folder,
        "datapath=" + folder, "logpath=" + folder, "loglevel=OFF",
        "<Interop.ProbeServer.ProbeObjAdapter>", "allow", "handlegroup=x", "maxconns=10240",
        "endpoint=tcp -h 127.0.0.1 -p " + port + " -t 60000", "protocol=tars", "queuecap=10000",
        "queuetimeout=60000", "servant=Interop.ProbeServer.ProbeObj", "threads=4",
        "</Interop.ProbeServer.ProbeObjAdapter>", "</server>", "</application>", "</tars>", "");
  }

  public static void main(String[] arguments) throws Exception {
    PrintStream out = System.out;
    System.setOut(System.err);
    File folder = Files.createTempDirectory("interop-java").toFile();
    int port = freePort();
    File file = new File(folder, "config.conf");
    Files.write(file.toPath(),
        configuration(folder.getPath(), port, freePort()).getBytes(StandardCharsets.UTF_8));
    System.setProperty("config", file.getPath());
    // Returns when the servants are there, a while after the port is.
    com.qq.tars.server.startup.Main.main(new String[0]);
    out.println("listening " + port);
  }
}
