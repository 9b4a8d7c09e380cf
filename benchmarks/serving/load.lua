-- wrk script: rotates through prepared bodies, prints one line of numbers at the end.
-- arguments: folder with files 0 .. n-1, n, path, content type, length of the JSON head or "-"
local requests, n, i = {}, 0, 0

function init(args)
  n = tonumber(args[2])
  local headers = { ["Content-Type"] = args[4] }
  if args[5] ~= "-" then headers["Inference-Header-Content-Length"] = args[5] end
  for k = 0, n - 1 do
    local file = assert(io.open(args[1] .. "/" .. k, "rb"))
    requests[k] = wrk.format("POST", args[3], headers, file:read("*a"))
    file:close()
  end
end

function request()
  i = (i + 1) % n
  return requests[i]
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format("\nRESULT %d %d %d %d %d\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99),
    e.status + e.connect + e.read + e.write + e.timeout))
end
