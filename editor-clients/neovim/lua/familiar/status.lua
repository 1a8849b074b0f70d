--- What the server is doing, in a few words for a statusline.
local without_nulls = require("familiar.wire").without_nulls

local M = {}

---@class familiar.Status The answer to `familiar/status`.
---@field state string "idle", "starting", "indexing", "ready", "snoozed", "off", "degraded" or "failed"
---@field message string? one sentence
---@field root string?
---@field model string?
---@field index table? counts of files, symbols and references

---@type table<integer, familiar.Status> by client id
local latest = {}
---@type table<integer, string> by client id: why the last request was answered by nothing
local silence = {}
---@type table<integer, boolean> by client id: whether the status will be asked for again
local watched = {}

local function redraw()
  vim.schedule(function()
    vim.cmd.redrawstatus({ bang = true })
  end)
end

--- Asks again every two seconds while the state is one that will pass.
---@param client vim.lsp.Client
local function watch(client)
  local state = latest[client.id].state
  if state == "ready" or state == "off" or watched[client.id] then
    return
  end
  watched[client.id] = true
  vim.defer_fn(function()
    watched[client.id] = nil
    if not client:is_stopped() then
      M.refresh(client)
    end
  end, 2000)
end

--- Takes a status from the server.
---@param client vim.lsp.Client
---@param status familiar.Status
function M.update(client, status)
  latest[client.id] = status
  redraw()
  watch(client)
end

--- Asks for the status.
---@param client vim.lsp.Client
function M.refresh(client)
  client:request("familiar/status", vim.empty_dict(), function(_, status)
    status = without_nulls(status)
    if status then
      M.update(client, status)
    end
  end)
end

--- Remembers why the server had nothing to suggest.
---@param client vim.lsp.Client
---@param params table textDocument and position of the request that was answered by nothing
function M.explain(client, params)
  local where = { textDocument = params.textDocument, position = params.position }
  client:request("familiar/explainSilence", where, function(_, answer)
    answer = without_nulls(answer)
    silence[client.id] = answer and answer.reason
    redraw()
  end)
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
---@param silent string?
---@return string
local function words(status, silent)
  if status.state == "ready" then
    return silent and "silent: " .. silent or "on"
  elseif status.state == "degraded" then
    return "on, degraded"
  elseif status.state == "snoozed" then
    local minutes = (status.message or ""):match("%d+")
    return minutes and ("snoozed, %s min"):format(minutes) or "snoozed"
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
  return "familiar " .. (status and words(status, silence[client.id]) or "starting")
end

--- The whole status as lines, for `:Familiar status`.
---@param status familiar.Status
---@return string[]
function M.lines(status)
  local out = { ("%s (%s)"):format(words(status), status.root or "no repository") }
  if (status.message or "") ~= "" then
    out[#out + 1] = "  " .. status.message
  end
  out[#out + 1] = "  model: " .. (status.model or "none")
  local index = status.index
  if index then
    local counts = "  index: %d files, %d symbols, %d references"
    out[#out + 1] = counts:format(index.files, index.symbols, index.references)
  end
  return out
end

return M
