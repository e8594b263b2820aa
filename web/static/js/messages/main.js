// The pages of messages. Each module finds its own elements and does nothing without them.
import { startGroupPicture } from "./groups.js";
import { startMenus } from "./menus.js";
import { startThread } from "./thread.js";

startThread();
startMenus();
startGroupPicture();
