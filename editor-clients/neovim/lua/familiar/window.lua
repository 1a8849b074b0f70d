--- A floating window that shows a page of text and answers to a few keys.
local M = {}

local namespace = vim.api.nvim_create_namespace("familiar.window")

local note ---@type familiar.Window?

---@class familiar.Window
---@field bufnr integer
---@field winid integer

local function size(lines, footer)
  local width = vim.api.nvim_strwidth(footer) + 2
  for _, line in ipairs(lines) do
    width = math.max(width, vim.api.nvim_strwidth(line) + 1)
  end
  width = math.max(20, math.min(width, 110, vim.o.columns - 4))
  local height = 0
  for _, line in ipairs(lines) do
    height = height + math.max(1, math.ceil(vim.api.nvim_strwidth(line) / width))
  end
  return width, math.max(1, math.min(height, vim.o.lines - 6))
end

local function fill(bufnr, page)
  vim.bo[bufnr].modifiable = true
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, page.lines)
  vim.bo[bufnr].modifiable = false
  vim.api.nvim_buf_clear_namespace(bufnr, namespace, 0, -1)
  for _, mark in ipairs(page.marks) do
    vim.api.nvim_buf_set_extmark(bufnr, namespace, mark.row, mark.from, { end_col = mark.to, hl_group = mark.group })
  end
end

--- Opens the window in the middle of the screen and goes there.
---@param page familiar.Page
---@param title string
---@param footer string
---@return familiar.Window
function M.open(page, title, footer)
  local bufnr = vim.api.nvim_create_buf(false, true)
  vim.bo[bufnr].bufhidden = "wipe"
  vim.bo[bufnr].filetype = "familiar"
  fill(bufnr, page)
  local width, height = size(page.lines, footer)
  local winid = vim.api.nvim_open_win(bufnr, true, {
    relative = "editor",
    width = width,
    height = height,
    row = math.max(0, math.floor((vim.o.lines - height) / 2) - 2),
    col = math.max(0, math.floor((vim.o.columns - width) / 2) - 1),
    style = "minimal",
    border = vim.o.winborder ~= "" and vim.o.winborder or "rounded",
    title = " " .. title .. " ",
    footer = footer,
    footer_pos = "right",
  })
  vim.wo[winid].wrap = true
  vim.wo[winid].linebreak = true
  vim.wo[winid].breakindent = true
  vim.wo[winid].breakindentopt = "shift:6"
  return { bufnr = bufnr, winid = winid }
end

--- Shows another page in the window; the cursor stays on its line.
---@param window familiar.Window
---@param page familiar.Page
function M.update(window, page)
  fill(window.bufnr, page)
end

--- Shows one line in the lower right corner, beside whatever is being done; nil takes it away. Messages would not do:
--- several in a row make Neovim ask for Enter.
---@param text string?
function M.note(text)
  if not text then
    if note then
      M.close(note)
    end
    note = nil
    return
  end
  text = " " .. text:gsub("\n", " ") .. " "
  if not note or not vim.api.nvim_win_is_valid(note.winid) then
    local bufnr = vim.api.nvim_create_buf(false, true)
    vim.bo[bufnr].bufhidden = "wipe"
    local place = { relative = "editor", anchor = "SE", row = 0, col = 0, width = 1, height = 1 }
    local look = { style = "minimal", border = "none", focusable = false, noautocmd = true, zindex = 40 }
    note = { bufnr = bufnr, winid = vim.api.nvim_open_win(bufnr, false, vim.tbl_extend("error", place, look)) }
    vim.wo[note.winid].winhighlight = "NormalFloat:DiagnosticVirtualTextInfo"
  end
  vim.api.nvim_buf_set_lines(note.bufnr, 0, -1, false, { text })
  vim.api.nvim_win_set_config(note.winid, {
    relative = "editor",
    anchor = "SE",
    row = vim.o.lines - vim.o.cmdheight - (vim.o.laststatus > 0 and 1 or 0),
    col = vim.o.columns,
    width = math.max(1, math.min(vim.api.nvim_strwidth(text), vim.o.columns)),
    height = 1,
  })
end

---@param window familiar.Window
function M.close(window)
  if vim.api.nvim_win_is_valid(window.winid) then
    vim.api.nvim_win_close(window.winid, true)
  end
end

--- Maps a normal-mode key in the window.
---@param window familiar.Window
---@param key string
---@param action fun()
function M.map(window, key, action)
  vim.keymap.set("n", key, action, { buffer = window.bufnr, nowait = true })
end

return M
