#!/usr/bin/env bash
# Runs every test project and ends with the sum: `N passed, N failed, N skipped`.
# Exits non-zero when a step fails, when no test ran, or when a project left no result file or one without a single test (a crashed host does).
set -uo pipefail
cd "$(dirname "$0")/.."
results=$(mktemp -d)
beside=()
trap 'kill "${beside[@]}" 2>/dev/null; rm -rf "$results" "${memory:-}"' EXIT
status=0

# Test projects that take longest: they begin first, or the run would end with one of them alone.
longest=(Deploy Clients Server Gateway Templates Orleans Embedded Operations Postgres Simulation Models)

# So many test projects run at once. More take as long together and disturb each other.
lanes=$(nproc)

# The tests flush to disk thousands of times; what they prove needs a killed process, not a lost page cache. Memory makes slow disks no reason to fail.
if [ -z "${TMPDIR:-}" ] && [ "$(df --output=avail -k /dev/shm 2>/dev/null | tail -1)" -gt 4000000 ] 2>/dev/null; then
  memory=$(mktemp -d /dev/shm/agentsessions-XXXXXX)
  chmod 1777 "$memory"
  export TMPDIR="$memory"
fi

# The npm packages of the client tests come over the network while the build computes. The tests take the same lock, and what is missing then they
# install themselves.
if command -v npm flock > "$results/found" && [ "$(wc -l < "$results/found")" -eq 2 ]; then
  mkdir -p artifacts
  (
    flock 9
    cd tests/clients
    [ node_modules/.package-lock.json -nt package-lock.json ] || exec npm ci --no-audit --no-fund --ignore-scripts
  ) 9> artifacts/clients.install > "$results/npm.log" 2>&1 &
  beside+=($!)
fi

# Servers of tests live for seconds: methods are counted after 100 ms (hexadecimal) without new ones, so that a start compiles little twice.
export DOTNET_TC_CallCountingDelayMs=64

# One compiler for all projects: one for each would be started cold every time, which takes most of a build. Where none shall stay behind, it is ended.
UseSharedCompilation=true dotnet build AgentSessions.sln --nologo -v minimal || exit 1
if [ "${UseSharedCompilation:-true}" != true ]; then
  dotnet build-server shutdown --vbcscompiler > /dev/null
fi

# The build refuses what breaks a rule of code style; what is left are spaces, ends of lines and the order of usings. They are looked at beside the tests,
# with what those leave of the processor: they wait for most of their time.
if [ "${1:-}" = "--format" ]; then
  nice -n 19 dotnet format whitespace AgentSessions.sln --no-restore --verify-no-changes > "$results/format.log" 2>&1 &
  format=$!
  beside+=("$format")
fi

# Names of the test projects, the longest first. Without the Orleans packages their project is no test project.
test_projects() {
  local project name rank i
  for project in tests/AgentSessions.*.Tests; do
    name=${project#tests/AgentSessions.}
    name=${name%.Tests}
    if [ "$name" = Orleans ] && [ "$(dotnet msbuild "$project" -nologo -getProperty:IsTestProject)" != true ]; then continue; fi
    rank=${#longest[@]}
    for i in "${!longest[@]}"; do [ "${longest[i]}" != "$name" ] || rank=$i; done
    echo "$rank ${project#tests/}"
  done | sort -n | cut -d ' ' -f 2
}

# Runs a test project, and prints what it said in one piece once it is over.
test_project() {
  local began=$SECONDS code=0
  dotnet test "artifacts/bin/$1/debug/$1.dll" --nologo --logger "trx;LogFileName=$1.trx" --results-directory "$results" > "$results/$1.log" 2>&1 || code=1
  if [ ! -e "$results/$1.trx" ]; then code=1; fi
  flock "$results" sh -c 'cat "$1"; echo "$2"' sh "$results/$1.log" "$1 took $((SECONDS - began)) s$([ $code = 0 ] || echo ' and failed')"
  return $code
}
export results
export -f test_project

began=$SECONDS
test_projects | xargs -P "$lanes" -I{} bash -c 'test_project {}' || status=1
echo "the tests took $((SECONDS - began)) s, the build before them $began s"

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
