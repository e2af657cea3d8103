import express5 from "express";

import { compare } from "./compare.ts";

compare("Express 5", express5);
