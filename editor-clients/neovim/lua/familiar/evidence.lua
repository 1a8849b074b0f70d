--- A proposal and its evidence as the lines of a floating window. Pure: what is pressed there is rename.lua's business.
local M = {}

---@class familiar.Ask
---@field id string
---@field path string
---@field start integer[] line and column, from 1, in code points
---@field text string
---@field why string
---@field blocking boolean

---@class familiar.Proposal What `familiar refactor --json` prints, with an id.
---@field id string?
---@field status "verified"|"unverified"|"asks"|"refused"|"failed"
---@field reason string?
---@field root string
---@field applied boolean
---@field changes table[]
---@field asks familiar.Ask[]
---@field evidence table

---@class familiar.Page
---@field lines string[]
---@field marks { row: integer, from: integer, to: integer, group: string }[] rows from 0, columns in bytes
---@field asks table<integer, familiar.Ask> by row, from 0

local VERDICT = {
  verified = { "Verified", "FamiliarGood" },
  unverified = { "Not verified", "FamiliarDoubtful" },
  asks = { "Needs your answer", "FamiliarDoubtful" },
  refused = { "Refused", "FamiliarBad" },
  failed = { "Failed", "FamiliarBad" },
}
local SIGN = {
  pass = { "✓", "FamiliarGood" },
  fail = { "✗", "FamiliarBad" },
  skipped = { "–", "FamiliarQuiet" },
}

--- Links our highlight groups to what every colour scheme has.
function M.define_highlights()
  for group, link in pairs({
    FamiliarTitle = "Title",
    FamiliarGood = "DiagnosticOk",
    FamiliarDoubtful = "DiagnosticWarn",
    FamiliarBad = "DiagnosticError",
    FamiliarQuiet = "Comment",
    FamiliarAdded = "Added",
    FamiliarRemoved = "Removed",
    FamiliarPath = "Directory",
  }) do
    vim.api.nvim_set_hl(0, group, { link = link, default = true })
  end
end

---@return familiar.Page
local function new_page()
  return { lines = {}, marks = {}, asks = {} }
end

--- Appends a line of chunks, each a text or { text, highlight group }.
---@param page familiar.Page
---@param ... string|{ [1]: string, [2]: string? }
local function add(page, ...)
  local line = ""
  for _, chunk in ipairs({ ... }) do
    local text, group = chunk, nil
    if type(chunk) == "table" then
      text, group = chunk[1], chunk[2]
    end
    text = text:gsub("\n", " ")
    if group then
      page.marks[#page.marks + 1] = { row = #page.lines, from = #line, to = #line + #text, group = group }
    end
    line = line .. text
  end
  page.lines[#page.lines + 1] = line
end

local function duration(seconds)
  if not seconds or seconds < 0.0005 then
    return ""
  end
  return seconds < 1 and ("%d ms"):format(seconds * 1000) or ("%.1f s"):format(seconds)
end

--- "24 passed, 1 failed", commonest first.
---@param outcomes table<string, string>
---@return string
local function counted(outcomes)
  local counts = vim.empty_dict()
  for _, outcome in pairs(outcomes or {}) do
    counts[outcome] = (counts[outcome] or 0) + 1
  end
  local names = vim.tbl_keys(counts)
  table.sort(names, function(a, b)
    return counts[a] > counts[b] or counts[a] == counts[b] and a < b
  end)
  return #names == 0 and "none"
    or vim.iter(names):map(function(name)
      return counts[name] .. " " .. name
    end):join(", ")
end

local function checks(page, evidence)
  if #(evidence.checks or {}) == 0 then
    return
  end
  add(page, "")
  add(page, { "Checks", "FamiliarTitle" })
  local width = 0
  for _, check in ipairs(evidence.checks) do
    width = math.max(width, vim.api.nvim_strwidth(check.name))
  end
  for _, check in ipairs(evidence.checks) do
    local pad = (" "):rep(width - vim.api.nvim_strwidth(check.name) + 2)
    add(page, "  ", SIGN[check.verdict] or check.verdict, " ", check.name, pad, check.detail, "  ", {
      duration(check.seconds),
      "FamiliarQuiet",
    })
  end
end

local function tests(page, evidence)
  local run = evidence.tests
  if not run then
    return
  end
  local failing, flaky = run.newly_failing or {}, run.flaky or {}
  add(page, "")
  add(page, { "Tests", "FamiliarTitle" }, ("  %s, %d of %d run"):format(run.runner, run.selected, run.total))
  add(page, "  before  ", counted(run.before))
  add(page, "  after   ", { counted(run.after), #failing == 0 and "FamiliarGood" or "FamiliarBad" })
  for _, name in ipairs(failing) do
    add(page, "  ", { "✗ newly failing: " .. name, "FamiliarBad" })
  end
  for _, name in ipairs(flaky) do
    add(page, "  ", { "– flaky: " .. name, "FamiliarDoubtful" })
  end
  local executed = evidence.changed_lines_executed
  if executed and executed[2] > 0 then
    add(page, ("  %d of %d changed lines were executed by these tests"):format(executed[1], executed[2]))
  end
  local witnessed = evidence.witnessed
  if witnessed ~= nil then
    local wrong = { "they pass on a deliberately wrong change too", "FamiliarDoubtful" }
    add(page, "  ", witnessed and "they fail on a deliberately wrong change" or wrong)
  end
end

local function asks(page, proposal, taken)
  if #(proposal.asks or {}) == 0 then
    return
  end
  add(page, "")
  add(page, { "Only you can decide", "FamiliarTitle" }, "  <Space> ticks what shall change too")
  for _, ask in ipairs(proposal.asks) do
    page.asks[#page.lines] = ask
    add(
      page,
      taken[ask.id] and "  [x] " or "  [ ] ",
      { ("%s:%d"):format(ask.path, ask.start[1]), "FamiliarPath" },
      "  " .. vim.trim(ask.text),
      ask.blocking and { "  decides whether the change is right", "FamiliarDoubtful" } or ""
    )
    add(page, "      ", { ask.why, "FamiliarQuiet" })
  end
end

--- The lines of a file as they are now: in its buffer, else on disk.
---@param path string absolute
---@return string[]
local function lines_of(path)
  local bufnr = vim.fn.bufnr("^" .. vim.fn.fnameescape(path) .. "$")
  if bufnr > 0 and vim.api.nvim_buf_is_loaded(bufnr) then
    return vim.api.nvim_buf_get_lines(bufnr, 0, -1, false)
  end
  return vim.fn.filereadable(path) == 1 and vim.fn.readfile(path) or {}
end

--- Applies edits (1-based lines and columns, in code points) to lines.
---@param lines string[]
---@param edits table[] sorted, not overlapping
---@return string[]
local function edited(lines, edits)
  lines = vim.deepcopy(lines)
  local function byte(place)
    return vim.str_byteindex(lines[place[1]] or "", "utf-32", place[2] - 1, false)
  end
  for i = #edits, 1, -1 do
    local edit = edits[i]
    local first, last = edit.start, edit["end"]
    local text = (lines[first[1]] or ""):sub(1, byte(first))
      .. edit.new_text
      .. (lines[last[1]] or ""):sub(byte(last) + 1)
    local head, tail = vim.list_slice(lines, 1, first[1] - 1), vim.list_slice(lines, last[1] + 1)
    lines = vim.list_extend(vim.list_extend(head, vim.split(text, "\n", { plain = true })), tail)
  end
  return lines
end

local function diff(page, root, change)
  local title = change.new_path and ("%s → %s"):format(change.path, change.new_path) or change.path
  add(page, "  ", { change.kind == "edit" and title or ("%s (%s)"):format(title, change.kind), "FamiliarPath" })
  local before = change.kind == "create" and {} or lines_of(vim.fs.joinpath(root, change.path))
  local after = change.kind == "delete" and {} or edited(before, change.text_edits or {})
  local hunks = vim.text.diff(table.concat(before, "\n") .. "\n", table.concat(after, "\n") .. "\n", {
    result_type = "indices",
    ctxlen = 0,
  })
  for _, hunk in ipairs(hunks) do
    for row = hunk[1], hunk[1] + hunk[2] - 1 do
      add(page, ("  %5d "):format(row), { "- " .. before[row], "FamiliarRemoved" })
    end
    for row = hunk[3], hunk[3] + hunk[4] - 1 do
      add(page, ("  %5d "):format(row), { "+ " .. after[row], "FamiliarAdded" })
    end
  end
end

local function changes(page, proposal)
  local count = #(proposal.changes or {})
  if count == 0 then
    return
  end
  add(page, "")
  add(page, { "Changes", "FamiliarTitle" }, ("  in %d file%s"):format(count, count == 1 and "" or "s"))
  for _, change in ipairs(proposal.changes) do
    diff(page, proposal.root, change)
  end
end

--- Whether the proposal can be applied as it stands.
---@param proposal familiar.Proposal
---@return boolean
function M.applicable(proposal)
  return not proposal.applied
    and (proposal.status == "verified" or proposal.status == "unverified")
    and #(proposal.changes or {}) > 0
    and proposal.id ~= nil
end

--- The keys that mean something on the page, for its footer.
---@param proposal familiar.Proposal
---@return string
function M.keys(proposal)
  local out = {}
  if M.applicable(proposal) then
    out[#out + 1] = proposal.status == "verified" and "a apply" or "a apply without verification"
  end
  if #(proposal.asks or {}) > 0 and not proposal.applied then
    out[#out + 1] = "<Space> tick"
    out[#out + 1] = "v verify again with these answers"
  end
  out[#out + 1] = "q close"
  return " " .. table.concat(out, " · ") .. " "
end

--- Lays out a proposal.
---@param proposal familiar.Proposal
---@param taken table<string, boolean> the ticked questions, by id
---@return familiar.Page
function M.page(proposal, taken)
  local page = new_page()
  local verdict = VERDICT[proposal.status] or { proposal.status, "FamiliarDoubtful" }
  local reason = proposal.reason or ""
  add(page, { proposal.applied and "Applied" or verdict[1], verdict[2] }, reason ~= "" and ": " .. reason or "")
  local evidence = proposal.evidence or {}
  asks(page, proposal, taken)
  checks(page, evidence)
  tests(page, evidence)
  changes(page, proposal)
  return page
end

return M
