// What the pages do beyond plain forms. Each module finds its own elements and does nothing without them.
import { startCodes } from "./codes.js";
import { startComments, startComposer } from "./composer.js";
import { startFollows } from "./follows.js";
import { startLikes } from "./likes.js";
import { startLists } from "./lists.js";
import { startLive } from "./live.js";
import { startLooks } from "./looks.js";
import { startPanel } from "./panel.js";
import { startPasskeys } from "./passkeys.js";
import { startRecoveryCodes } from "./recovery.js";
import { startZones } from "./zones.js";
import { me } from "./page.js";

startLikes();
startFollows();
startComposer();
startComments();
startLists();
startCodes();
startZones();
startPasskeys();
startRecoveryCodes();
startLooks();
startPanel();
if (me) startLive();
