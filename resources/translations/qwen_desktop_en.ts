<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>qwen_desktop</name>
    <message numerus="yes">
        <source>This chat with all its versions: {n} replies</source>
        <translation><numerusform>This chat with all its versions: {n} reply</numerusform><numerusform>This chat with all its versions: {n} replies</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{n} matches</source>
        <translation><numerusform>{n} match</numerusform><numerusform>{n} matches</numerusform></translation>
    </message>
</context>
</TS>
