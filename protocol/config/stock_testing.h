#pragma once

#include <string_view>

namespace tarsier::config {

// What a node makes of the templates that TARS ships (spec governance §3.8, §6.4), with every macro
// filled in, for a service with two adapters. Nobody may have anything to say about it.
inline constexpr std::string_view stock_template = R"(<tars>
  <application>
    enableset=n
    setdivision=NULL
    <server>
      node=tars.tarsnode.ServerObj@tcp -h 10.0.0.7 -p 19386 -t 60000
      app=Demo
      server=HelloServer
      nodename=10.0.0.7
      localip=10.0.0.7
      local=tcp -h 127.0.0.1 -p 31845 -t 10000
      basepath=/usr/local/app/tars/tarsnode/data/Demo.HelloServer/bin/
      datapath=/usr/local/app/tars/tarsnode/data/Demo.HelloServer/data/
      logpath=/usr/local/app/tars/app_log/
      logsize=10M
      lognum=10
      logLevel=DEBUG
      config=tars.tarsconfig.ConfigObj
      notify=tars.tarsnotify.NotifyObj
      log=tars.tarslog.LogObj
      deactivating-timeout=3000
      activating-timeout=60000
      opencoroutine=0
      coroutinememsize=1G
      coroutinestack=128K
      closecout=0
      netthread=1
      <Demo.HelloServer.HelloObjAdapter>
        allow
        endpoint=tcp -h 10.0.0.7 -p 20001 -t 60000
        maxconns=100000
        protocol=tars
        queuecap=50000
        queuetimeout=20000
        servant=Demo.HelloServer.HelloObj
        threads=5
        shmcap=0
        shmkey=0
        handlegroup=Demo.HelloServer.HelloObjAdapter
      </Demo.HelloServer.HelloObjAdapter>
      <Demo.HelloServer.WebObjAdapter>
        allow
        endpoint=tcp -h 10.0.0.7 -p 20002 -t 60000
        maxconns=200000
        protocol=not_tars
        queuecap=10000
        queuetimeout=60000
        servant=Demo.HelloServer.WebObj
        threads=3
      </Demo.HelloServer.WebObjAdapter>
      <limits>
        of = my own
      </limits>
    </server>
    <client>
      locator=tars.tarsregistry.QueryObj@tcp -h 10.0.0.1 -p 17890:tcp -h 10.0.0.2 -p 17890
      sync-invoke-timeout=3000
      async-invoke-timeout=5000
      refresh-endpoint-interval=60000
      stat=tars.tarsstat.StatObj
      property=tars.tarsproperty.PropertyObj
      report-interval=60000
      sample-rate=100000
      max-sample-count=50
      asyncthread=3
      modulename=Demo.HelloServer
    </client>
  </application>
</tars>
)";

}  // namespace tarsier::config
