import { conformance } from "@sluice/conformance";

import { onNode, onWeb } from "./app.ts";

conformance(onNode);
conformance(onWeb);
