"""Makes the JSON files beside it from the npm package dotaconstants.

    npm pack dotaconstants@10.8.0 && tar xzf dotaconstants-10.8.0.tgz
    python webapp/matches/data/trim.py package

Only what a page shows is kept: ids, names, the letters of a tile, the file name of a picture.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
HERO_LETTERS = """
    antimage=AM axe=AXE bane=BAN bloodseeker=BS crystal_maiden=CM drow_ranger=DR earthshaker=ES
    juggernaut=JUG mirana=MIR morphling=MOR nevermore=SF phantom_lancer=PL puck=PUC pudge=PUD
    razor=RAZ sand_king=SK storm_spirit=STO sven=SVE tiny=TIN vengefulspirit=VS windrunner=WR
    zuus=ZEU kunkka=KUN lina=LIN lion=LIO shadow_shaman=SS slardar=SLA tidehunter=TID
    witch_doctor=WD lich=LIC riki=RIK enigma=ENI tinker=TNK sniper=SNP necrolyte=NEC warlock=WLK
    beastmaster=BM queenofpain=QOP venomancer=VEN faceless_void=FV skeleton_king=WK
    death_prophet=DP phantom_assassin=PA pugna=PUG templar_assassin=TA viper=VIP luna=LUN
    dragon_knight=DK dazzle=DAZ rattletrap=CLK leshrac=LES furion=NP life_stealer=LS dark_seer=DS
    clinkz=CLZ omniknight=OMN enchantress=ENC huskar=HUS night_stalker=NS broodmother=BRO
    bounty_hunter=BH weaver=WVR jakiro=JAK batrider=BAT chen=CHE spectre=SPE
    ancient_apparition=AA doom_bringer=DOM ursa=URS spirit_breaker=SB gyrocopter=GYR
    alchemist=ALC invoker=INV silencer=SIL obsidian_destroyer=OD lycan=LYC brewmaster=BRE
    shadow_demon=SD lone_druid=LD chaos_knight=CK meepo=MEE treant=TRE ogre_magi=OM undying=UND
    rubick=RUB disruptor=DIS nyx_assassin=NYX naga_siren=NAG keeper_of_the_light=KOL wisp=IO
    visage=VIS slark=SLK medusa=MED troll_warlord=TRO centaur=CEN magnataur=MAG shredder=TIM
    bristleback=BB tusk=TUS skywrath_mage=SKY abaddon=ABA elder_titan=ET legion_commander=LC
    techies=TEC ember_spirit=EMB earth_spirit=EAR abyssal_underlord=UL terrorblade=TB phoenix=PHX
    oracle=ORC winter_wyvern=WW arc_warden=AW monkey_king=MK dark_willow=DW pangolier=PNG
    grimstroke=GRM hoodwink=HW void_spirit=VOI snapfire=SNA mars=MAR ringmaster=RM
    dawnbreaker=DB marci=MCI primal_beast=PB muerta=MUE kez=KEZ largo=LRG
"""
ITEM_LETTERS = """
    blink=BLK overwhelming_blink=OBL swift_blink=SBL arcane_blink=ABL black_king_bar=BKB
    ultimate_scepter=AGH ultimate_scepter_2=AGB aghanims_shard=SHD power_treads=TRD
    phase_boots=PHS arcane_boots=ARC tranquil_boots=TRQ travel_boots=BOT travel_boots_2=BT2
    guardian_greaves=GRV boots_of_bearing=BOB boots=BTS hand_of_midas=MID bfury=BF manta=MNT
    butterfly=BFL skadi=SKD satanic=SAT greater_crit=DAE lesser_crit=CRY monkey_king_bar=MKB
    abyssal_blade=ABY heart=HRT assault=AC shivas_guard=SHV refresher=RFR sheepstick=HEX
    force_staff=FRC hurricane_pike=PIK glimmer_cape=GLM ghost=GHO cyclone=EUL wind_waker=WND
    rod_of_atos=ATO gungir=GLE ethereal_blade=ETH dagon=DAG dagon_2=DG2 dagon_3=DG3 dagon_4=DG4
    dagon_5=DG5 orchid=ORC bloodthorn=BLT sphere=LNK lotus_orb=LOT
    pipe=PIP crimson_guard=CRM vladmir=VLA mekansm=MEK holy_locket=HOL aether_lens=AET
    octarine_core=OCT kaya=KAY sange=SNG yasha=YSH sange_and_yasha=SY kaya_and_sange=KS
    yasha_and_kaya=YK diffusal_blade=DIF disperser=DSP desolator=DES mjollnir=MJO maelstrom=MAE
    radiance=RAD rapier=RAP silver_edge=SIL invis_sword=SB blade_mail=BLM
    heavens_halberd=HAL aeon_disk=AEO nullifier=NUL solar_crest=SOL spirit_vessel=VES
    urn_of_shadows=URN veil_of_discord=VEI witch_blade=WIT devastator=PAR echo_sabre=ECH
    harpoon=HAR armlet=ARM mask_of_madness=MOM magic_wand=WAN magic_stick=STK bottle=BOT
    bracer=BRC wraith_band=WRB null_talisman=NLT gem=GEM soul_ring=SLR
    tpscroll=TP ward_observer=OBS ward_sentry=SEN ward_dispenser=WRD smoke_of_deceit=SMK
    dust=DST clarity=CLR flask=SLV tango=TNG faerie_fire=FAE infused_raindrop=RDP
"""
RENAMED = {
    "1v1_mid": "One on one, mid",
    "all_draft": "Ranked all pick",
    "coaches_challenge": "Coach's challenge",
    "coop_bots": "Together against bots",
    "practice": "Practice or league lobby",
    "ranked_team_mm": "Ranked, teams",
    "ranked_solo_mm": "Ranked, solo",
}
REGIONS = {"Us West": "US West", "Us East": "US East", "Southafrica": "South Africa"}
LEAVER = {
    0: "Stayed to the end",
    1: "Left after the game was safe to leave",
    2: "Abandoned after a disconnect",
    3: "Abandoned",
    4: "Abandoned by inactivity",
    5: "Never connected",
    6: "Never connected in time",
}


def pairs(text: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in text.split())


def title(key: str) -> str:
    return RENAMED.get(key, key.replace("_", " ").capitalize())


def region(shouted: str) -> str:
    name = shouted.title()
    if name.startswith("Pw "):
        return f"China, {name.removeprefix('Pw ').removeprefix('Telecom ')}"
    return REGIONS.get(name, name)


def picture(row: dict[str, Any]) -> str:
    """The picture's file name without its ending: the host and folder are the same for all."""
    return Path(str(row.get("img") or "").split("?")[0]).stem


def letters(name: str) -> str:
    """Three letters: the initials of three words or more, else the start of the first word."""
    words = [word for word in re.sub(r"[^A-Za-z0-9 ]", "", name).split() if word[0].isalnum()]
    if len(words) >= 3:
        return "".join(word[0] for word in words[:3]).upper()
    if len(words) == 2:
        return (words[0][:2] + words[1][0]).upper()
    return (words[0][:3] if words else "?").upper()


def heroes(build: dict[str, Any]) -> dict[str, list[str]]:
    found, tiles = {}, pairs(HERO_LETTERS)
    for id_, row in build["heroes"].items():
        slug = row["name"].removeprefix("npc_dota_hero_")
        found[id_] = [row["localized_name"], tiles[slug], picture(row)]
    return found


def items(build: dict[str, Any]) -> dict[str, list[str]]:
    found, tiles = {}, pairs(ITEM_LETTERS)
    for id_, slug in build["item_ids"].items():
        row = build["items"].get(slug, {})
        recipe = slug.startswith("recipe_")
        name = row.get("dname") or title(slug.removeprefix("recipe_")) + " recipe" * recipe
        tile = tiles.get(slug) or ("RCP" if recipe else letters(name))
        found[id_] = [name, tile, "recipe" if recipe else picture(row)]
    return found


def abilities(build: dict[str, Any]) -> dict[str, str]:
    found = {}
    for id_, slug in build["ability_ids"].items():
        name = build["abilities"].get(slug, {}).get("dname")
        if name and id_.isdigit() and "{" not in name:
            found[id_] = name
    return found


def names(build: dict[str, Any]) -> dict[str, dict[str, str]]:
    modes, lobbies = build["game_mode"], build["lobby_type"]
    return {
        "game_modes": {i: title(r["name"].removeprefix("game_mode_")) for i, r in modes.items()},
        "lobby_types": {
            i: title(r["name"].removeprefix("lobby_type_")) for i, r in lobbies.items()
        },
        "regions": {i: region(name) for i, name in build["region"].items()},
        "clusters": {i: str(region) for i, region in build["cluster"].items()},
        "leaver_statuses": {str(i): words for i, words in LEAVER.items()},
    }


def write(name: str, rows: Mapping[str, object]) -> None:
    """One row a line, so that a new patch is a small difference."""
    lines = (f"{json.dumps(i)}: {json.dumps(row, ensure_ascii=False)}" for i, row in rows.items())
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    (HERE / f"{name}.json").write_text(text, encoding="utf-8")


def main(package: Path) -> None:
    build = {path.stem: json.loads(path.read_text()) for path in (package / "build").glob("*.json")}
    write("heroes", heroes(build))
    write("items", items(build))
    write("abilities", abilities(build))
    for name, rows in names(build).items():
        write(name, rows)
    shutil.copyfile(package / "LICENSE", HERE / "LICENSE-dotaconstants.txt")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
