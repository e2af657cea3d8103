import { conformance } from "@sluice/conformance";

import { framework } from "./app.ts";

conformance(framework);
