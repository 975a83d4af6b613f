#!/usr/bin/env bash
# Runs every test project and ends with the sum: `N passed, N failed, N skipped`.
# Exits non-zero when a step fails, when no test ran, or when a project left a result file without a single test (a crashed host does).
set -uo pipefail
cd "$(dirname "$0")/.."
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
status=0

# The tests flush to disk thousands of times; what they prove needs a killed process, not a lost page cache. Memory makes slow disks no reason to fail.
if [ -z "${TMPDIR:-}" ] && [ "$(df --output=avail -k /dev/shm 2>/dev/null | tail -1)" -gt 4000000 ] 2>/dev/null; then
  TMPDIR=$(mktemp -d /dev/shm/agentsessions-XXXXXX)
  chmod 1777 "$TMPDIR"
  export TMPDIR
  trap 'rm -rf "$results" "$TMPDIR"' EXIT
fi

dotnet build AgentSessions.sln --nologo -v minimal || exit 1

# The format is looked at beside the tests, with what they leave of the processor: they wait for most of their time.
if [ "${1:-}" = "--format" ]; then
  nice -n 19 dotnet format AgentSessions.sln --no-restore --verify-no-changes > "$results/format.log" 2>&1 &
  format=$!
fi

dotnet test AgentSessions.sln --no-build --nologo --logger "trx" --results-directory "$results" || status=1

sum_counters() {
  awk '
    /<Counters / {
      line = $0
      total = value(line, "total"); executed = value(line, "executed"); passed = value(line, "passed")
      if (total == 0) { empty++ ; printf "no test in %s\n", FILENAME > "/dev/stderr" }
      P += passed; F += executed - passed; S += total - executed; T += total
    }
    function value(text, name,   m) { if (match(text, " " name "=\"[0-9]+\"")) { m = substr(text, RSTART, RLENGTH); gsub(/[^0-9]/, "", m); return m + 0 } return 0 }
    END { printf "%d %d %d %d %d\n", P, F, S, T, empty }
  ' "$@"
}

files=("$results"/*.trx)
if [ ! -e "${files[0]}" ]; then
  echo "no result file"; echo "0 passed, 1 failed, 0 skipped"; exit 1
fi
read -r passed failed skipped total empty < <(sum_counters "${files[@]}")
if [ "$total" -eq 0 ] || [ "$empty" -gt 0 ] || [ "$failed" -gt 0 ]; then status=1; fi
# Where the Orleans packages cannot be restored there are no tests of them, and no logger says so.
if grep -lq 'AgentSessions\.Orleans\.Tests' "${files[@]}"; then
  echo "the tests of the clustered engine ran"
else
  echo "the tests of the clustered engine did not run: this build is without the Orleans packages"
fi
# A log that is cut keeps its end: say there what failed, with the first line of why.
if [ "$failed" -gt 0 ]; then
  awk '
    /<UnitTestResult / { name = ""; if (/outcome="Failed"/ && match($0, / testName="[^"]*"/)) name = substr($0, RSTART + 11, RLENGTH - 12) }
    name != "" && sub(/.*<Message>/, "") { sub(/<\/Message>.*/, ""); printf "FAILED %s: %s\n", name, substr($0, 1, 300); name = "" }
  ' "${files[@]}"
fi
if [ -n "${format:-}" ]; then
  wait "$format" || { cat "$results/format.log"; echo "dotnet format found changes to make"; status=1; }
fi
echo "$passed passed, $failed failed, $skipped skipped"
exit $status
