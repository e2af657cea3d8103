import { conformance } from "@sluice/conformance";
import express5 from "express";
import express4 from "express4";

import { frameworkOf } from "./app.ts";

conformance(frameworkOf("Express 5", express5));
conformance(frameworkOf("Express 4", express4));
