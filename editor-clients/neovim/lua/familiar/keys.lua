--- Insert-mode keys that act on a visible suggestion and are otherwise what they were before.
local options = require("familiar.options")

local M = {}

--- What `key` would do in insert mode without our mapping: a mapping as `maparg()` describes it, or nil.
---@param before table? the buffer's own mapping when ours was made
---@param raw string the key with its codes replaced
---@return table?
local function mapping_below(before, raw)
  if before then
    return before
  end
  -- Looked up at every press: plugins that load late define theirs then.
  return vim.iter(vim.api.nvim_get_keymap("i")):find(function(mapping)
    return mapping.lhsraw == raw or mapping.lhsrawalt == raw
  end)
end

local function codes(keys)
  return vim.api.nvim_replace_termcodes(keys, true, true, true)
end

--- Does what `mapping` does, from within an `expr` mapping: returns the keys to type.
---@param mapping table
---@param raw string the key itself
---@return string
local function run(mapping, raw)
  local keys
  if mapping.callback then
    if mapping.expr ~= 1 then
      vim.schedule(mapping.callback) -- the text is locked now
      return ""
    end
    keys = mapping.callback()
    keys = type(keys) == "string" and keys or ""
    keys = mapping.replace_keycodes == 1 and codes(keys) or keys
  else
    local right = (mapping.rhs or ""):gsub("<[sS][iI][dD]>", ("<SNR>%d_"):format(mapping.sid))
    keys = mapping.expr == 1 and vim.api.nvim_eval(codes(right)) or codes(right)
  end
  if mapping.noremap == 1 then
    return keys
  end
  -- Ours does not remap, that one does; as in Vim a mapping that starts with its own key does not start over.
  if vim.startswith(keys, raw) then
    vim.api.nvim_feedkeys(keys:sub(#raw + 1), "im", false)
    return raw
  end
  vim.api.nvim_feedkeys(keys, "im", false)
  return ""
end

--- The buffer's own insert-mode mapping of `raw`, unless it is one of ours.
local function own_mapping(bufnr, raw)
  return vim.iter(vim.api.nvim_buf_get_keymap(bufnr, "i")):find(function(mapping)
    return (mapping.lhsraw == raw or mapping.lhsrawalt == raw) and not vim.startswith(mapping.desc or "", "Familiar: ")
  end)
end

--- Maps the configured keys in a buffer.
---@param bufnr integer
function M.bind(bufnr)
  if vim.b[bufnr].familiar_keys then
    return -- a server that was restarted attaches again
  end
  vim.b[bufnr].familiar_keys = true
  for action, key in pairs(options.get().keys or {}) do
    if key then
      local raw = codes(key)
      local before = own_mapping(bufnr, raw)
      vim.keymap.set("i", key, function()
        if require("familiar.suggestion")[action]() then
          return ""
        end
        local mapping = mapping_below(before, raw)
        return mapping and run(mapping, raw) or raw
      end, {
        buffer = bufnr,
        expr = true,
        replace_keycodes = false,
        desc = ("Familiar: %s the suggestion, else as before"):format(action:gsub("_", " ")),
      })
    end
  end
end

return M
