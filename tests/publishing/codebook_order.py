"""The order of elements in DDI-Codebook 2.5, for those that we write, as its schema demands it."""

# ruff: noqa: E501

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

SPACE = "{ddi:codebook:2_5}"
ORDER = {
    "codeBook": "docDscr stdyDscr fileDscr dataDscr otherMat",
    "docDscr": "citation guide docStatus docSrc controlledVocabUsed notes",
    "citation": "titlStmt rspStmt prodStmt distStmt serStmt verStmt biblCit holdings notes",
    "titlStmt": "titl subTitl altTitl parTitl IDNo",
    "rspStmt": "AuthEnty othId",
    "prodStmt": "producer copyright prodDate prodPlac software fundAg grantNo",
    "distStmt": "distrbtr contact depositr depDate distDate",
    "verStmt": "version verResp notes",
    "stdyDscr": "citation studyAuthorization stdyInfo studyDevelopment method dataAccs othrStdyMat notes",
    "stdyInfo": "studyBudget subject abstract sumDscr qualityStatement notes exPostEvaluation",
    "subject": "keyword topcClas",
    "sumDscr": "timePrd collDate nation geogCover geogUnit geoBndBox boundPoly anlyUnit universe dataKind",
    "method": "dataColl notes anlyInfo stdyClas dataProcessing codingInstructions",
    "dataColl": "timeMeth dataCollector collectorTraining frequenc sampProc sampleFrame targetSampleSize deviat collMode "
    "resInstru instrumentDevelopment sources collSitu actMin ConOps weight cleanOps",
    "anlyInfo": "respRate EstSmpErr dataAppr",
    "dataAccs": "setAvail useStmt notes",
    "setAvail": "accsPlac origArch avlStatus collSize complete fileQnty notes",
    "useStmt": "confDec specPerm restrctn contact citReq deposReq conditions disclaimer",
    "fileDscr": "fileTxt locMap notes",
    "fileTxt": "fileName fileCitation dataFingerprint fileCont fileStrc dimensns fileType format filePlac dataChck ProcStat "
    "dataMsng software verStmt",
    "dimensns": "caseQnty varQnty logRecL recPrCas recNumTot",
    "dataDscr": "varGrp nCubeGrp var nCube notes",
    "var": "location labl imputation security embargo respUnit anlysUnit qstn valrng invalrng undocCod universe TotlResp "
    "sumStat txt stdCatgry catgryGrp catgry codInstr verStmt concept derivation varFormat geoMap catLevel notes",
    "catgry": "catValu labl txt catStat mrow",
    "valrng": "item range key notes",
    "derivation": "drvdesc drvcmd",
}
ONCE = {
    "titl",
    "titlStmt",
    "rspStmt",
    "prodStmt",
    "verStmt",
    "anlyInfo",
    "dataDscr",
    "varFormat",
    "derivation",
    "catValu",
}


def problems(text: str) -> list[str]:
    """Return what stands where the schema does not allow it, and identifiers that are none or are used twice."""
    root = ElementTree.fromstring(text)
    found = [] if root.tag == f"{SPACE}codeBook" and root.get("version") == "2.5" else ["no codebook"]
    names = [one.get("ID") for one in root.iter() if one.get("ID")]
    if len(set(names)) != len(names):
        found.append("two elements with one ID")
    for one in root.iter():
        tag = one.tag.removeprefix(SPACE)
        children = [child.tag.removeprefix(SPACE) for child in one]
        if children:
            allowed = ORDER.get(tag, "").split()
            places = [allowed.index(child) if child in allowed else -1 for child in children]
            if -1 in places or places != sorted(places):
                found.append(f"{tag}: {children}")
            found += [f"{tag}: {child} twice" for child in ONCE if children.count(child) > 1]
        if tag == "var" and not {one.get("files", "")} <= set(names):
            found.append(f"{one.get('name')} is in no file")
    for required in ("titl", "IDNo"):
        if root.find(f"{SPACE}stdyDscr/{SPACE}citation/{SPACE}titlStmt/{SPACE}{required}") is None:
            found.append(f"no {required}")
    return found
