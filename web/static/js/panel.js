// The side panel: last night's numbers from the analytics API, with names and texts from the members' API.
import { call, read } from "./api.js";
import { analyticsUrl, fill, me, memberAddress, moment, paintAvatar } from "./page.js";

const SHOWN = 5;
const KEPT_MILLISECONDS = 60_000;
const TOKEN_MARGIN_MILLISECONDS = 30_000;

export async function startPanel() {
  const panel = document.querySelector("[data-panel]");
  if (!panel) return;
  const parts = { trending: showTrending, creators: showCreators, streak: showStreak };
  const stamps = [];
  await Promise.all(
    [...panel.querySelectorAll("[data-panel-part]")].map(async (section) => {
      try {
        stamps.push(await parts[section.dataset.panelPart](section));
        section.hidden = false;
        panel.hidden = false;
      } catch (error) {
        console.info("the side panel goes without", section.dataset.panelPart, error.message);
      }
    }),
  );
  showAge(panel, stamps);
}

// The oldest numbers shown decide what the panel says about its age.
function showAge(panel, stamps) {
  const dated = stamps.filter((stamp) => stamp.data_as_of).sort((a, b) => (a.data_as_of < b.data_as_of ? -1 : 1));
  const place = panel.querySelector("[data-as-of]");
  if (dated.length) place.textContent = fill(place.dataset.text, { moment: moment(dated[0].data_as_of) });
  panel.querySelector("[data-stale]").hidden = !stamps.some((stamp) => stamp.stale);
}

async function showTrending(section) {
  const ranking = await kept(`/trending-posts?window=7d&limit=${SHOWN}`, (answer) =>
    withThings(answer, "/posts", "content_id"),
  );
  list(section, ranking.items, (row, item) => {
    const post = item.thing;
    row.querySelector("a").href = `/posts/${post.id}`;
    row.querySelector("[data-name]").textContent = post.author.nickname;
    row.querySelector("[data-text]").textContent = post.body;
    row.querySelector("[data-likers]").textContent = item.likers;
    row.querySelector("[data-repliers]").textContent = item.repliers;
  });
  return ranking;
}

async function showCreators(section) {
  const ranking = await kept(`/rankings/creators?period=week&limit=${SHOWN}`, (answer) =>
    withThings(answer, "/users", "member_id"),
  );
  list(section, ranking.items, (row, item) => {
    const member = item.thing;
    row.querySelector("a").href = memberAddress(member);
    paintAvatar(row.querySelector(".avatar"), member);
    row.querySelector("[data-name]").textContent = member.nickname;
    row.querySelector("[data-username]").textContent = `@${member.username}`;
    row.querySelector("[data-score]").textContent = item.score;
  });
  return ranking;
}

async function showStreak(section) {
  const streak = await kept(`/streaks/${me}`, (answer) => answer, pageToken);
  section.querySelector("[data-current]").textContent = streak.current_streak;
  section.querySelector("[data-longest]").textContent = streak.longest_streak;
  section.querySelector("[data-active]").textContent = streak.active_days;
  return streak;
}

function list(section, items, fillRow) {
  const template = section.querySelector("template").content.firstElementChild;
  section.querySelector("ol").replaceChildren(
    ...items.map((item) => {
      const row = template.cloneNode(true);
      fillRow(row, item);
      return row;
    }),
  );
  section.querySelector(".panel__empty").hidden = items.length > 0;
}

// The ranking with the thing that each item is about; things that are gone or hidden are left out.
async function withThings(ranking, path, idName) {
  const ids = ranking.items.map((item) => item[idName]);
  const things = ids.length ? (await call("GET", `${path}?ids=${ids}`)).items : [];
  const byId = new Map(things.map((thing) => [thing.id, thing]));
  const items = ranking.items.map((item) => ({ ...item, thing: byId.get(item[idName]) }));
  return { ...ranking, items: items.filter((item) => item.thing) };
}

// An analytics answer, kept for a minute so that walking through pages does not ask again and again.
async function kept(path, complete, token) {
  return remembered(`panel ${path}`, async () => {
    const answer = await read(`${analyticsUrl}/api/v1/analytics${path}`, token && (await token()));
    return [await complete(answer), Date.now() + KEPT_MILLISECONDS];
  });
}

// A token for the analytics API in exchange for the page's cookie; used until shortly before it ends.
async function pageToken() {
  return remembered(`token ${me}`, async () => {
    const answer = await call("POST", "/auth/page-token");
    return [answer.access_token, Date.now() + answer.expires_in * 1000 - TOKEN_MARGIN_MILLISECONDS];
  });
}

async function remembered(key, make) {
  const note = JSON.parse(sessionStorage.getItem(key));
  if (note && note.until > Date.now()) return note.value;
  const [value, until] = await make();
  sessionStorage.setItem(key, JSON.stringify({ value, until }));
  return value;
}
