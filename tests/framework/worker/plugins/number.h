#pragma once

int number();
