--- What the server is doing, in a few words for a statusline.
local M = {}

---@class familiar.Status The answer to `familiar/status`.
---@field state string "ready", "starting", "indexing", "snoozed", "off", "degraded" or "error"
---@field message string? one sentence
---@field snoozedUntil number? seconds since 1970
---@field languagesOff string[]?

---@type table<integer, familiar.Status> by client id
local latest = {}
---@type table<integer, string> by client id: why the last request was answered by nothing
local silence = {}

local function redraw()
  vim.schedule(function()
    vim.cmd.redrawstatus({ bang = true })
  end)
end

--- Takes a status from the server. While the server gets ready it is asked again every second.
---@param client vim.lsp.Client
---@param status familiar.Status
function M.update(client, status)
  latest[client.id] = status
  redraw()
  if status.state == "starting" or status.state == "indexing" then
    vim.defer_fn(function()
      if not client:is_stopped() then
        M.refresh(client)
      end
    end, 1000)
  end
end

--- Asks for the status.
---@param client vim.lsp.Client
function M.refresh(client)
  require("familiar.wire").request(client, "familiar/status", nil, function(status)
    M.update(client, status)
  end)
end

--- Remembers why the server had nothing to suggest.
---@param client vim.lsp.Client
---@param params table textDocument and position of the request that was answered by nothing
function M.explain(client, params)
  local where = { textDocument = params.textDocument, position = params.position }
  client:request("familiar/explainSilence", where, function(_, answer)
    silence[client.id] = answer and answer ~= vim.NIL and answer.reason or nil
    redraw()
  end, 0)
end

--- Forgets it: the server had something to suggest.
---@param client vim.lsp.Client
function M.spoke(client)
  if silence[client.id] then
    silence[client.id] = nil
    redraw()
  end
end

---@param status familiar.Status
---@param filetype string
---@param silent string?
---@return string
local function words(status, filetype, silent)
  if vim.list_contains(status.languagesOff or {}, filetype) then
    return "off for " .. filetype
  end
  if status.state == "snoozed" then
    local left = status.snoozedUntil and math.ceil((status.snoozedUntil - os.time()) / 60)
    return left and left > 0 and ("snoozed %d min"):format(left) or "snoozed"
  end
  if status.state == "degraded" or status.state == "error" then
    return status.message or status.state
  end
  if status.state == "ready" then
    return silent and "silent: " .. silent or "on"
  end
  return status.state
end

--- The status for the current buffer; empty where the server does not run.
---@return string
function M.text()
  local client = vim.lsp.get_clients({ name = "familiar", bufnr = 0 })[1]
  if not client then
    return ""
  end
  local status = latest[client.id]
  return "familiar " .. (status and words(status, vim.bo.filetype, silence[client.id]) or "starting")
end

--- The whole status as lines, for `:Familiar status`.
---@param status familiar.Status
---@return string[]
function M.lines(status)
  local out = { "Familiar is " .. words(status, vim.bo.filetype, nil) .. "." }
  for _, name in ipairs({ "message", "model", "index", "memory" }) do
    local value = status[name]
    if type(value) == "table" and next(value) then
      value = vim.inspect(value, { newline = " ", indent = "" })
    end
    if value and value ~= vim.NIL and value ~= "" and type(value) ~= "table" then
      out[#out + 1] = ("  %-8s %s"):format(name, value)
    end
  end
  return out
end

return M
