// What the pages do beyond plain forms. Each module finds its own elements and does nothing without them.
import { startComments, startComposer } from "./composer.js";
import { startFollows } from "./follows.js";
import { startLikes } from "./likes.js";
import { startLists } from "./lists.js";
import { startLive } from "./live.js";
import { startPanel } from "./panel.js";
import { startSignUp } from "./signup.js";
import { me } from "./page.js";

startLikes();
startFollows();
startComposer();
startComments();
startLists();
startSignUp();
startPanel();
if (me) startLive();
