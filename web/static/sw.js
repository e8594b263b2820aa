// The service worker of Plaza, served as /sw.js: it shows what is pushed to this browser and opens what that is
// about. It stores nothing and answers no requests of pages.
const ALL = "/notifications";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  // Browsers want every push to be seen, or take the permission back.
  event.waitUntil(show(event.data?.json() ?? { title: "Plaza" }));
});

async function show(note) {
  await self.registration.showNotification(note.title, {
    body: note.message,
    lang: note.locale,
    icon: note.image_url ?? undefined,
    tag: note.id, // what comes twice is shown once
    data: { id: note.id, address: note.action_url ?? ALL },
  });
  await self.navigator.setAppBadge?.(note.badge);
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data));
});

// The page notes that it was read (notifications.js), because it may: requests that change something need its token.
async function open({ id, address: path }) {
  const address = new URL(path, self.location.origin);
  if (address.origin !== self.location.origin) address.href = new URL(ALL, self.location.origin).href;
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = windows.find((client) => client.url === address.href);
  if (there) {
    there.postMessage({ told: id });
    return there.focus();
  }
  if (id) address.searchParams.set("told", id);
  return self.clients.openWindow(address.href);
}
