#!/usr/bin/env bash
# Fetch what the pages use from the npm registry and commit it: Tabler's stylesheet, one SVG sprite of the Tabler icons that the
# templates name, the common build of ECharts, EventCalendar, and the client of the upload protocol. The result is in the repository, so neither running nor testing needs npm. htmx comes
# with the Python package django-htmx.
set -euo pipefail
cd "$(dirname "$0")/.."
tabler=1.6.0
icons=3.51.0
echarts=6.1.0
calendar=5.10.1
calendar_sha256=3d8959b37a99c42b7d191e459e7753c60b365f82ceee05adef23ba732e0764bc
tus=4.3.1
tus_sha256=919f46808b2c689be9214df5c0f21879bee4a4599b34e212ada8f14de1db9bc0
names=(
    adjustments alert-triangle armchair arrow-back-up arrow-down arrow-left arrow-right arrow-up ban bell bolt building calendar-event
    calendar-plus certificate chart-bar check checks chevron-down chevron-left chevron-right circle-check circle-x clock coin coins copy credit-card
    device-desktop device-floppy download external-link eye file-spreadsheet filter help-circle home inbox info-circle key language lock
    lock-open login logout mail message microscope mood-empty paperclip pencil player-play player-stop plug-connected plug-connected-x
    plus power printer qrcode receipt refresh scale school search send settings shield-check shield-lock sitemap table tool trash upload user
    user-check users wall x
)
target=apps/core/static
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

(cd "$work" && npm pack --silent "@tabler/core@$tabler" "@tabler/icons@$icons" "echarts@$echarts" "@event-calendar/build@$calendar" "tus-js-client@$tus" >/dev/null)
echo "$calendar_sha256  $work/event-calendar-build-$calendar.tgz" | sha256sum --check --quiet
echo "$tus_sha256  $work/tus-js-client-$tus.tgz" | sha256sum --check --quiet
mkdir -p "$work/core" "$work/icons" "$work/echarts" "$work/calendar" "$work/tus" "$target/vendor/tus" "$target/vendor/tabler" "$target/vendor/echarts" "$target/vendor/event-calendar" "$target/core"
tar xzf "$work/tabler-core-$tabler.tgz" -C "$work/core" --strip-components=1
tar xzf "$work/tabler-icons-$icons.tgz" -C "$work/icons" --strip-components=1
tar xzf "$work/echarts-$echarts.tgz" -C "$work/echarts" --strip-components=1
tar xzf "$work/event-calendar-build-$calendar.tgz" -C "$work/calendar" --strip-components=1
tar xzf "$work/tus-js-client-$tus.tgz" -C "$work/tus" --strip-components=1

# The map is not shipped, and a manifest storage refuses a stylesheet that names a missing file.
sed '/^\/\*# sourceMappingURL/d' "$work/core/dist/css/tabler.min.css" >"$target/vendor/tabler/tabler.min.css"
cp "$work/icons/LICENSE" "$target/vendor/tabler/LICENSE"          # MIT, the same authors
printf 'Tabler core %s, Tabler icons %s; fetched by scripts/vendor.sh\n' "$tabler" "$icons" >"$target/vendor/tabler/VERSION"

# Apache License 2.0: the licence and the notice go with it. No part of it evaluates text; the charts use neither its tooltips nor maps.
cp "$work/echarts/dist/echarts.common.min.js" "$target/vendor/echarts/echarts.min.js"
cp "$work/echarts/LICENSE" "$work/echarts/NOTICE" "$target/vendor/echarts/"
cp "$work/echarts/licenses/LICENSE-d3" "$target/vendor/echarts/LICENSE-d3"
printf 'Apache ECharts %s, common build; fetched by scripts/vendor.sh\n' "$echarts" >"$target/vendor/echarts/VERSION"

# MIT. Its package holds no licence file: LICENSE beside it is that of its repository (github.com/vkurko/calendar) and stays as it is.
sed '/^\/\/# sourceMappingURL/d' "$work/calendar/dist/event-calendar.min.js" >"$target/vendor/event-calendar/event-calendar.min.js"
cp "$work/calendar/dist/event-calendar.min.css" "$target/vendor/event-calendar/"
printf 'EventCalendar %s, standalone bundle; fetched by scripts/vendor.sh\nsha256 of its package: %s\n' "$calendar" "$calendar_sha256" >"$target/vendor/event-calendar/VERSION"

# MIT. The client of the upload protocol: what was cut goes on.
sed '/^\/\/# sourceMappingURL/d' "$work/tus/dist/tus.min.js" >"$target/vendor/tus/tus.min.js"
cp "$work/tus/LICENSE" "$target/vendor/tus/"
printf 'tus-js-client %s; fetched by scripts/vendor.sh\nsha256 of its package: %s\n' "$tus" "$tus_sha256" >"$target/vendor/tus/VERSION"

{
    echo '<svg xmlns="http://www.w3.org/2000/svg"><!-- Tabler icons (MIT), see vendor/tabler/LICENSE; made by scripts/vendor.sh -->'
    for name in "${names[@]}"; do
        printf '<symbol id="%s" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">' "$name"
        sed -n '/^  <path/p' "$work/icons/icons/outline/$name.svg" | grep -v 'stroke="none"' | tr -d '\n' | sed 's/  </</g'
        echo '</symbol>'
    done
    echo '</svg>'
} >"$target/core/icons.svg"
